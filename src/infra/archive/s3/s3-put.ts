/** Streams one object into the bucket with bounded memory: a small one in one request, a larger one in parts. */
import { Readable } from 'node:stream'
import {
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  type StorageClass,
} from '@aws-sdk/client-s3'
import { isInlineSafe } from '../../../domain/media/media-type.ts'
import type { ObjectToStore } from '../../../ports/archive-store.ts'
import { contentDisposition } from '../content-disposition.ts'
import { measureBody, measureWhole } from '../measured-body.ts'
import type { BucketKnowledge } from './bucket-knowledge.ts'
import { createChunkFiller } from './chunk-filler.ts'
import { withDigestIfWanted } from './integrity.ts'
import { notePayloadHash } from './payload-hash.ts'
import { partBytesFor, putInParts } from './s3-parts.ts'
import type { S3ArchiveOptions } from './s3-settings.ts'

const defaultPartBytes = 8 * 1024 * 1024

export interface PutTarget {
  options: S3ArchiveOptions
  knowledge: BucketKnowledge
  fullKey: string
  /** Conditional put: the store refuses a small object when its key exists. */
  onlyNew?: boolean
}

export interface PutResult {
  bytes: number
  sha256: string
  /** Of a bucket that keeps versions. */
  versionId: string | null
}

/**
 * Nothing is visible under the key before the last byte was checked: a small object is sent only when it is complete,
 * and a multipart upload is completed only after the body ended without error (else aborted). The hash is kept as
 * metadata of small objects only, since S3 wants metadata before the first part.
 */
export async function putS3Object(
  client: S3Client,
  object: ObjectToStore,
  target: PutTarget,
): Promise<PutResult> {
  const partBytes = partBytesFor(object.contentLength, target.options.partBytes ?? defaultPartBytes)
  if (Buffer.isBuffer(object.body) && object.body.length <= partBytes) {
    const measured = measureWhole(object.body, object)
    return { ...measured, versionId: await putWhole(client, object.body, measured.sha256, object, target) }
  }
  const source = Buffer.isBuffer(object.body) ? Readable.from([object.body]) : object.body
  const body = measureBody({ ...object, body: source })
  const rest = createChunkFiller(body.chunks)
  const first = Buffer.allocUnsafeSlow(Math.min(object.contentLength ?? partBytes, partBytes))
  const filled = await rest.fill(first)
  if (!(await rest.more())) {
    const measured = body.measured()
    const content = first.subarray(0, filled)
    return { ...measured, versionId: await putWhole(client, content, measured.sha256, object, target) }
  }
  let refusal: unknown = null
  try {
    const versionId = await putInParts(client, {
      first,
      rest,
      params: objectParams(object, target),
      sendChecksums: target.options.checksums === 'supported',
      knowledge: target.knowledge,
      signal: object.signal,
      onRefused(error) {
        // An error of the source is the original cause.
        if (body.failure() === null) refusal = error
        source.destroy()
      },
    })
    return { ...body.measured(), versionId }
  } catch (error) {
    throw refusal ?? error
  }
}

/** Uploads a small object in parts, to check that the store supports it. */
export async function putInOnePart(
  client: S3Client,
  object: ObjectToStore & { body: Buffer },
  target: PutTarget,
): Promise<void> {
  await putInParts(client, {
    first: object.body,
    rest: { more: async () => false, fill: async () => 0 },
    params: objectParams(object, target),
    sendChecksums: target.options.checksums === 'supported',
    knowledge: target.knowledge,
    signal: object.signal,
    onRefused: () => undefined,
  })
}

async function putWhole(
  client: S3Client,
  content: Buffer,
  sha256: string,
  object: ObjectToStore,
  target: PutTarget,
): Promise<string | null> {
  const digest = Buffer.from(sha256, 'hex')
  const sendsChecksum = target.options.checksums === 'supported'
  const params: PutObjectCommandInput = {
    ...objectParams(object, target),
    Body: content,
    ContentLength: content.length,
    ...(sendsChecksum ? { ChecksumSHA256: digest.toString('base64') } : {}),
    Metadata: { sha256 },
    ...(target.onlyNew === true ? { IfNoneMatch: '*' } : {}),
  }
  const options = object.signal === undefined ? {} : { abortSignal: object.signal }
  notePayloadHash(content, digest)
  const answer = await withDigestIfWanted(
    content,
    { sendsChecksum, knowledge: target.knowledge },
    (integrity) => client.send(new PutObjectCommand({ ...params, ...integrity }), options),
  )
  return answer.VersionId ?? null
}

function objectParams(object: ObjectToStore, { options, fullKey }: PutTarget): PutObjectCommandInput {
  return {
    Bucket: options.bucket,
    Key: fullKey,
    ContentType: object.contentType,
    ...(options.checksums === 'supported' ? { ChecksumAlgorithm: 'SHA256' as const } : {}),
    // Objects read without our links (through a CDN or console) must not run in a browser.
    ContentDisposition: contentDisposition(fullKey.split('/').at(-1) ?? '', isInlineSafe(object.contentType)),
    ...(options.cacheControl === undefined ? {} : { CacheControl: options.cacheControl }),
    ...(options.storageClass === undefined ? {} : { StorageClass: options.storageClass as StorageClass }),
    ...(options.serverSideEncryption === undefined
      ? {}
      : { ServerSideEncryption: options.serverSideEncryption }),
    ...(options.kmsKeyId === undefined ? {} : { SSEKMSKeyId: options.kmsKeyId }),
  }
}
