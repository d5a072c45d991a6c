/** Uploads one large object in parts from three reusable buffers, and completes the upload at the end. */

import { createHash } from 'node:crypto'
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { ArchiveError } from '../../../domain/archive-error.ts'
import type { BucketKnowledge } from './bucket-knowledge.ts'
import type { ChunkFiller } from './chunk-filler.ts'
import { isMalformed, withDigestIfWanted } from './integrity.ts'
import { notePayloadHash } from './payload-hash.ts'

/** Two parts are in flight while a third is being filled. */
const partsInFlight = 2
/** S3's own limit. */
const mostParts = 10_000

export interface PartsUpload {
  /** The first part, full. */
  first: Buffer
  rest: ChunkFiller
  params: CreateMultipartUploadCommandInput
  /** Send each part's SHA-256 for the store to check. */
  sendChecksums: boolean
  knowledge: BucketKnowledge
  signal: AbortSignal | undefined
  /** Called once, as soon as a part is refused, so that the source stops reading. */
  onRefused: (error: unknown) => void
}

/** The part size with which a file of this length stays within S3's maximum number of parts. */
export const partBytesFor = (contentLength: number | null, usual: number): number =>
  Math.max(usual, Math.ceil((contentLength ?? 0) / mostParts))

/**
 * Resolves (to the version id in a versioned bucket) when the complete object is stored under its key; otherwise
 * nothing is stored and the upload is aborted.
 */
export async function putInParts(client: S3Client, upload: PartsUpload): Promise<string | null> {
  const { Bucket, Key } = upload.params
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload.params))
  if (UploadId === undefined)
    throw new ArchiveError('later', `${Key}: the store began an upload without an id`)
  const target = { Bucket, Key, UploadId }
  const stop = new AbortController()
  const sending = new Set<Promise<void>>()
  try {
    const parts = await sendParts(client, upload, { target, stop, sending })
    return await join(client, target, { parts, knowledge: upload.knowledge })
  } catch (error) {
    stop.abort()
    // Await all parts before aborting: a part that arrives later would stay.
    await Promise.allSettled(sending)
    // Report the original error rather than that of the abort: the sweep aborts uploads that stay open.
    await client.send(new AbortMultipartUploadCommand(target)).catch(() => undefined)
    throw error
  }
}

interface Target {
  Bucket: string | undefined
  Key: string | undefined
  UploadId: string
}

/** The parts were checked on arrival, so a store without checksums in the part list gets the list without them. */
async function join(
  client: S3Client,
  target: Target,
  { parts, knowledge }: { parts: CompletedPart[]; knowledge: BucketKnowledge },
): Promise<string | null> {
  const send = async (Parts: CompletedPart[]) => {
    const command = new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } })
    return (await client.send(command)).VersionId ?? null
  }
  const hasChecksums = parts.some(({ ChecksumSHA256 }) => ChecksumSHA256 !== undefined)
  if (knowledge.knowsPartChecksums || !hasChecksums) {
    try {
      return await send(parts)
    } catch (error) {
      if (!hasChecksums || !isMalformed(error)) throw error
    }
  }
  const version = await send(parts.map(({ ChecksumSHA256: _, ...part }) => part))
  knowledge.knowsPartChecksums = false
  return version
}

interface Under {
  target: Target
  stop: AbortController
  sending: Set<Promise<void>>
}

async function sendParts(
  client: S3Client,
  upload: PartsUpload,
  { target, stop, sending }: Under,
): Promise<CompletedPart[]> {
  const abortSignal =
    upload.signal === undefined ? stop.signal : AbortSignal.any([upload.signal, stop.signal])
  const parts: CompletedPart[] = []
  const spare: Buffer[] = []

  let part = upload.first
  let filled = part.length
  let hash = createHash('sha256').update(part)
  for (;;) {
    begin(part, filled, hash.digest())
    if (!(await upload.rest.more())) break
    part = spare.pop() ?? Buffer.allocUnsafeSlow(upload.first.length)
    hash = createHash('sha256')
    filled = await upload.rest.fill(part, hash)
    while (sending.size >= partsInFlight) await Promise.race(sending)
  }
  await Promise.all(sending)
  return parts

  function begin(buffer: Buffer, bytes: number, digest: Buffer): void {
    const completed: CompletedPart = { PartNumber: parts.length + 1 }
    parts.push(completed)
    const sent = send(buffer.subarray(0, bytes), digest, completed).then(
      () => {
        sending.delete(sent)
        spare.push(buffer)
      },
      (error: unknown) => {
        // A failed part stays in the set, so that the next wait for a free buffer rejects.
        if (!stop.signal.aborted) upload.onRefused(error)
        stop.abort()
        throw error
      },
    )
    sending.add(sent)
    // Mark the promise as handled: the next wait awaits it.
    sent.catch(() => undefined)
  }

  async function send(body: Buffer, digest: Buffer, completed: CompletedPart): Promise<void> {
    notePayloadHash(body, digest)
    const checksum = upload.sendChecksums ? { ChecksumSHA256: digest.toString('base64') } : {}
    const params = {
      ...target,
      PartNumber: completed.PartNumber,
      Body: body,
      ContentLength: body.length,
      ...checksum,
    }
    const { sendChecksums: sendsChecksum, knowledge } = upload
    const answer = await withDigestIfWanted(body, { sendsChecksum, knowledge }, (integrity) =>
      client.send(new UploadPartCommand({ ...params, ...integrity }), { abortSignal }),
    )
    if (answer.ETag === undefined)
      throw new ArchiveError('later', `${target.Key}: the store took a part and gave no ETag`)
    Object.assign(completed, { ETag: answer.ETag, ...checksum })
  }
}
