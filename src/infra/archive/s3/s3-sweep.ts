/** Drops uploads in parts that a killed process left open: their parts are paid for and show nowhere. */
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { isNotImplemented, isNoUpload } from './s3-errors.ts'

/**
 * Resolves to how many were dropped; only those under `prefix` that began before `olderThanMs` ago by the store's clock. null
 * for a store that does not list its open uploads and ends them by a rule of its own.
 */
export function dropOpenUploads(
  client: S3Client,
  which: { bucket: string; prefix: string; olderThanMs: number },
): Promise<number | null> {
  return dropAll(client, which).catch((error: unknown) => {
    if (isNotImplemented(error)) return null
    throw error
  })
}

async function dropAll(
  client: S3Client,
  { bucket, prefix, olderThanMs }: { bucket: string; prefix: string; olderThanMs: number },
): Promise<number> {
  let dropped = 0
  let after: { KeyMarker?: string; UploadIdMarker?: string } | null = {}
  while (after !== null) {
    const page: ListMultipartUploadsCommandOutput = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...after }),
    )
    // Known from the answer at the latest: a machine whose clock is ahead would drop uploads that run.
    const limit = Date.now() + client.config.systemClockOffset - olderThanMs
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined) continue
      // Asked for by prefix, yet checked: not every store honours it, and what others began is not ours to drop.
      if (!Key.startsWith(prefix) || Initiated.getTime() > limit) continue
      if (await drop(client, { Bucket: bucket, Key, UploadId })) dropped += 1
    }
    after = page.IsTruncated === true ? markers(page.NextKeyMarker, page.NextUploadIdMarker) : null
  }
  return dropped
}

/** false when it ended meanwhile. */
async function drop(
  client: S3Client,
  upload: { Bucket: string; Key: string; UploadId: string },
): Promise<boolean> {
  try {
    await client.send(new AbortMultipartUploadCommand(upload))
    return true
  } catch (error) {
    if (isNoUpload(error)) return false
    throw error
  }
}

/** null ends the walk of a store that says "more" without saying where. */
function markers(key: string | undefined, uploadId: string | undefined) {
  if (key === undefined || key === '') return null
  return { KeyMarker: key, ...(uploadId === undefined ? {} : { UploadIdMarker: uploadId }) }
}
