/** Streams one object into the bucket: small ones in one request, larger ones in parts, with bounded memory either way. */

import { Readable } from 'node:stream'
import {
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { isInlineSafe } from '../../domain/media-type.ts'
import type { ObjectToStore } from '../../jobs/ports.ts'
import { contentDisposition } from './content-disposition.ts'
import { type MeasuredBody, measureBody } from './measured-body.ts'
import type { S3ArchiveOptions } from './s3-settings.ts'

const defaultPartBytes = 8 * 1024 * 1024
/** Two parts on their way while a third is being filled. */
const partsInFlight = 2

/**
 * Nothing shows under the key before the last byte was checked: a small object is sent only when it is whole, and parts
 * are joined only after the body ended well (else they are dropped). The hash is kept as metadata of small objects
 * only, since S3 wants metadata before the first part.
 */
export async function putS3Object(
  client: S3Client,
  object: ObjectToStore,
  target: { options: S3ArchiveOptions; fullKey: string },
): Promise<{ bytes: number; sha256: string }> {
  const body = measureBody(object)
  const partBytes = target.options.partBytes ?? defaultPartBytes
  const head = await take(body.chunks, partBytes)
  const params = objectParams(object, target)
  if (head.isWhole) {
    const measured = body.measured()
    const command = new PutObjectCommand({
      ...params,
      Body: Buffer.concat(head.chunks),
      ContentLength: measured.bytes,
      ...(target.options.checksums === 'supported' ? { ChecksumSHA256: base64(measured.sha256) } : {}),
      Metadata: { sha256: measured.sha256 },
    })
    await client.send(command, object.signal === undefined ? {} : { abortSignal: object.signal })
    return measured
  }
  await putInParts(client, object, body, { ...params, Body: continued(head.chunks, body.chunks) }, partBytes)
  return body.measured()
}

type PartsInput = Omit<PutObjectCommandInput, 'Body'> & { Body: AsyncGenerator<Buffer> }

async function putInParts(
  client: S3Client,
  object: ObjectToStore,
  body: MeasuredBody,
  params: PartsInput,
  partBytes: number,
): Promise<void> {
  const stream = Readable.from(params.Body, { objectMode: false })
  let refusal: unknown = null
  const stoppable = stopAtFailure(client, object.signal, (error) => {
    // A source that failed first is the cause of all that follows.
    if (body.failure() === null) refusal ??= error
    object.body.destroy()
  })
  const upload = new Upload({
    client: stoppable,
    params: { ...params, Body: stream },
    partSize: partBytes,
    queueSize: partsInFlight,
    leavePartsOnError: false,
  })
  try {
    await upload.done()
  } catch (error) {
    // The client tells of its last step only, which may be dropping the parts.
    throw refusal ?? body.failure() ?? error
  } finally {
    stream.destroy()
  }
}

/**
 * The same client for one upload, which by itself takes no signal and goes on reading and sending after a part has
 * failed. Only the parts are stopped: the answers to beginning, joining and dropping are needed to know what is there.
 */
function stopAtFailure(
  client: S3Client,
  signal: AbortSignal | undefined,
  onFailure: (error: unknown) => void,
): S3Client {
  const stop = new AbortController()
  const abortSignal = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal])
  const send = async (command: Parameters<S3Client['send']>[0]): Promise<unknown> => {
    try {
      return await client.send(command, command instanceof UploadPartCommand ? { abortSignal } : {})
    } catch (error) {
      onFailure(error)
      stop.abort()
      throw error
    }
  }
  return Object.create(client, { send: { value: send } })
}

function objectParams(
  object: ObjectToStore,
  { options, fullKey }: { options: S3ArchiveOptions; fullKey: string },
): PutObjectCommandInput {
  return {
    Bucket: options.bucket,
    Key: fullKey,
    ContentType: object.contentType,
    ...(options.checksums === 'supported' ? { ChecksumAlgorithm: 'SHA256' as const } : {}),
    // Whoever reads the bucket without our links (a CDN, its console) is not shown what could run.
    ContentDisposition: contentDisposition(fullKey.split('/').at(-1) ?? '', isInlineSafe(object.contentType)),
    ...(options.cacheControl === undefined ? {} : { CacheControl: options.cacheControl }),
    ...(options.storageClass === undefined ? {} : { StorageClass: options.storageClass as StorageClass }),
    ...(options.serverSideEncryption === undefined
      ? {}
      : { ServerSideEncryption: options.serverSideEncryption }),
    ...(options.kmsKeyId === undefined ? {} : { SSEKMSKeyId: options.kmsKeyId }),
  }
}

const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')

/** Reads until more than `limit` bytes are held or the source has ended. */
async function take(source: AsyncGenerator<Buffer>, limit: number) {
  const chunks: Buffer[] = []
  let bytes = 0
  while (bytes <= limit) {
    const next = await source.next()
    if (next.done === true) return { chunks, isWhole: true }
    chunks.push(next.value)
    bytes += next.value.length
  }
  return { chunks, isWhole: false }
}

async function* continued(head: Buffer[], rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  // Shifted out, so that what was sent can be freed.
  for (let chunk = head.shift(); chunk !== undefined; chunk = head.shift()) yield chunk
  yield* rest
}
