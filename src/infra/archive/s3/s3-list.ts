/** Lists a bucket's objects under our own prefix, in pages of a thousand. */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type S3Client } from '@aws-sdk/client-s3'
import type { ListedObject } from '../../../ports/archive-store.ts'
import { s3Error } from './s3-errors.ts'
import type { S3ArchiveOptions } from './s3-settings.ts'

export interface ListTarget {
  options: S3ArchiveOptions
  /** The archive's own prefix of every key. */
  prefix: string
  /** Prefix of the wanted keys. */
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
      // Check the prefix of each key: not every store honours it, and other objects are not ours.
      if (Key === undefined || !Key.startsWith(wanted) || Key.endsWith('/')) continue
      yield { key: Key.slice(prefix.length), bytes: Size ?? 0, modifiedAt: LastModified?.getTime() ?? 0 }
    }
    const next = page.IsTruncated === true ? page.NextContinuationToken : undefined
    // A store that repeats its marker would cause an endless loop.
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
