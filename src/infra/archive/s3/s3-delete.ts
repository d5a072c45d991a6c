/**
 * Deletes objects and every version of them, and reports how many are left: a refused batch is repeated as single
 * deletes.
 */
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3'
import { ObjectsLeftError } from '../../../domain/archive-error.ts'
import type { BucketKnowledge } from './bucket-knowledge.ts'
import { isRefusal, s3Error } from './s3-errors.ts'
import { listObjects } from './s3-list.ts'
import type { S3ArchiveOptions } from './s3-settings.ts'

/** S3's own limit for one request. */
const batchSize = 1000
const singlesAtOnce = 8

export interface DeleteTarget {
  options: S3ArchiveOptions
  /** The archive's own prefix of every key. */
  prefix: string
  knowledge: BucketKnowledge
}

/** One version, or the current object. */
interface Doomed {
  Key: string
  VersionId?: string
}

interface Left {
  one: Doomed
  error: unknown
}

/** `keys` by name, and everything that lies below the folders. @throws ObjectsLeftError, ArchiveError. */
export async function deleteObjects(
  client: S3Client,
  { keys, below }: { keys: readonly string[]; below: readonly string[] },
  target: DeleteTarget,
): Promise<void> {
  const { prefix, knowledge, options } = target
  const named = new Set(keys.map((key) => `${prefix}${key}`))
  if (!knowledge.keepsVersions) {
    for (const folder of below)
      for await (const { key } of listObjects(client, { options, prefix, start: `${folder}/` }))
        named.add(`${prefix}${key}`)
    await deleteAll(
      client,
      [...named].map((Key) => ({ Key })),
      target,
    )
  }
  // Known from the start, or just learned from the deletes' answers.
  if (!knowledge.keepsVersions) return
  const folders = below.map((folder) => `${prefix}${folder}/`)
  const elsewhere = [...named].filter((key) => !folders.some((folder) => key.startsWith(folder)))
  for (const folder of folders) await deleteVersions(client, { start: folder, only: null }, target)
  for (const key of elsewhere) await deleteVersions(client, { start: key, only: key }, target)
}

async function deleteVersions(
  client: S3Client,
  { start, only }: { start: string; only: string | null },
  target: DeleteTarget,
): Promise<void> {
  let after: { KeyMarker?: string; VersionIdMarker?: string } | null = {}
  while (after !== null) {
    const page = await versionPage(client, { start, after }, target)
    const found = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(({ Key, VersionId }) =>
      Key?.startsWith(start) === true && VersionId !== undefined && (only === null || Key === only)
        ? [{ Key, VersionId }]
        : [],
    )
    await deleteAll(client, found, target)
    after = nextPage(page)
  }
}

async function versionPage(
  client: S3Client,
  { start, after }: { start: string; after: { KeyMarker?: string; VersionIdMarker?: string } },
  { options }: DeleteTarget,
): Promise<ListObjectVersionsCommandOutput> {
  try {
    return await client.send(
      new ListObjectVersionsCommand({ Bucket: options.bucket, Prefix: start, ...after }),
    )
  } catch (error) {
    throw versionsStay(error, options)
  }
}

/** null at the end, and for a store that reports more without a marker. */
function nextPage({ IsTruncated, NextKeyMarker, NextVersionIdMarker }: ListObjectVersionsCommandOutput) {
  if (IsTruncated !== true || NextKeyMarker === undefined || NextKeyMarker === '') return null
  return {
    KeyMarker: NextKeyMarker,
    ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
  }
}

/** Tries all of them, so that a failing one does not block the others. */
async function deleteAll(client: S3Client, doomed: readonly Doomed[], target: DeleteTarget): Promise<void> {
  const left: Left[] = []
  for (let from = 0; from < doomed.length; from += batchSize) {
    const batch = doomed.slice(from, from + batchSize)
    const rest = await deleteBatch(client, batch, target)
    const stayed = await deleteSingly(client, rest, target)
    if (batch.length > 1 && rest.length === batch.length && stayed.length < batch.length)
      target.knowledge.takesBatches = false
    left.push(...stayed)
  }
  const [first] = left
  if (first === undefined) return
  const isVersion = first.one.VersionId !== undefined
  const why = isVersion ? versionsStay(first.error, target.options) : s3Error(first.error, target.options)
  const count = left.length === 1 ? '1 object is' : `${left.length} objects are`
  const key = first.one.Key.slice(target.prefix.length)
  throw new ObjectsLeftError(left.length, `${count} left, first ${key}: ${why.message}`, first.error)
}

/** Resolves to the objects to delete one by one: all of them when the store refused the batch itself. */
async function deleteBatch(
  client: S3Client,
  batch: readonly Doomed[],
  { options, knowledge }: DeleteTarget,
): Promise<readonly Doomed[]> {
  // Some stores require different rights for a batch than for a single delete.
  if (batch.length <= 1 || !knowledge.takesBatches) return batch
  const command = new DeleteObjectsCommand({ Bucket: options.bucket, Delete: { Objects: [...batch] } })
  try {
    const { Deleted = [], Errors = [] } = await client.send(command)
    if (Deleted.some((one) => one.DeleteMarker === true)) knowledge.keepsVersions = true
    const failed = Errors.filter(({ Code }) => Code !== 'NoSuchKey' && Code !== 'NoSuchVersion')
    return batch.filter((one) => failed.some(({ Key }) => Key === one.Key))
  } catch (error) {
    if (isRefusal(error)) return batch
    throw s3Error(error, options)
  }
}

/** Resolves to the objects left. Stops when the store does not answer or is overloaded. */
async function deleteSingly(
  client: S3Client,
  batch: readonly Doomed[],
  { options, knowledge }: DeleteTarget,
): Promise<Left[]> {
  const queue = [...batch]
  const left: Left[] = []
  let away: unknown = null
  const lane = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      try {
        if (away !== null) throw away
        const answer = await client.send(new DeleteObjectCommand({ Bucket: options.bucket, ...one }))
        if (one.VersionId === undefined && answer.DeleteMarker === true) knowledge.keepsVersions = true
      } catch (error) {
        if (isGone(error)) continue
        if (!isRefusal(error)) away ??= error
        left.push({ one, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(singlesAtOnce, queue.length) }, lane))
  return left
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && (error.name === 'NoSuchKey' || error.name === 'NoSuchVersion')

function versionsStay(error: unknown, options: S3ArchiveOptions): ObjectsLeftError {
  const reason = s3Error(error, options).message
  const text = `the bucket keeps old versions, which stay without s3:ListBucketVersions and s3:DeleteObjectVersion: ${reason}`
  return new ObjectsLeftError(null, text, error)
}
