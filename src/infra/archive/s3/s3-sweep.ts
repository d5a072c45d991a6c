/** Aborts multipart uploads of killed processes: their parts are billed but invisible. */
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
    // Use the store's clock: a machine whose clock is ahead would abort running uploads.
    const limit = Date.now() + client.config.systemClockOffset - olderThanMs
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Key === undefined || UploadId === undefined || Initiated === undefined) continue
      // Check the prefix of each key: not every store honours it, and uploads of others must stay.
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

/** null ends the listing of a store that reports more without a marker. */
function markers(key: string | undefined, uploadId: string | undefined) {
  if (key === undefined || key === '') return null
  return { KeyMarker: key, ...(uploadId === undefined ? {} : { UploadIdMarker: uploadId }) }
}
