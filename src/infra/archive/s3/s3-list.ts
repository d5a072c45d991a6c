/** Walks through a bucket's objects, a page of a thousand at a time, and only through those under our own prefix. */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3'
import type { ListedObject } from '../../../ports/archive-store.ts'
import { s3Error } from './s3-errors.ts'
import type { S3ArchiveOptions } from './s3-settings.ts'

export interface ListTarget {
  options: S3ArchiveOptions
  /** The archive's own, put before every key. */
  prefix: string
  /** Of the keys wanted. */
  start: string
}

/** Keys come without the archive's prefix. Throws ArchiveError. */
export async function* listObjects(
  client: S3Client,
  { options, prefix, start }: ListTarget,
): AsyncGenerator<ListedObject, void, undefined> {
  const wanted = `${prefix}${start}`
  let from: string | undefined
  do {
    const page = await readPage(client, { options, wanted, from })
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      // Asked for by prefix, yet checked: not every store honours it, and what others keep there is not ours.
      if (Key === undefined || !Key.startsWith(wanted) || Key.endsWith('/')) continue
      yield { key: Key.slice(prefix.length), bytes: Size ?? 0, modifiedAt: LastModified?.getTime() ?? 0 }
    }
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined
    // A store that says "more" and repeats itself would be walked for ever.
    from = next === from ? undefined : next
  } while (from !== undefined)
}

async function readPage(
  client: S3Client,
  { options, wanted, from }: { options: S3ArchiveOptions; wanted: string; from: string | undefined },
): Promise<ListObjectsV2CommandOutput> {
  const ContinuationToken = from === undefined ? {} : { ContinuationToken: from }
  try {
    return await client.send(
      new ListObjectsV2Command({ Bucket: options.bucket, Prefix: wanted, ...ContinuationToken }),
    )
  } catch (error) {
    throw s3Error(error, options)
  }
}
