/** Tries each right that the archive needs in its bucket, and learns the store's deviations on the way. */
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3'
import { ArchiveError } from '../../../domain/archive-error.ts'
import type { ArchiveCheck, ArchiveStore, StoredObject } from '../../../ports/archive-store.ts'
import { type Probe, type ProbeObject, probeArchive } from '../probe.ts'
import type { BucketKnowledge } from './bucket-knowledge.ts'
import { isNoUpload } from './s3-errors.ts'
import { dropOpenUploads } from './s3-sweep.ts'

export interface TrialMeans {
  store: ArchiveStore
  client: S3Client
  bucket: string
  /** The archive's own prefix of every key. */
  prefix: string
  knowledge: BucketKnowledge
  /** null when the store refused it because the key exists. */
  insert: (object: ProbeObject) => Promise<StoredObject | null>
  /** In parts, however small. */
  putInParts: (object: ProbeObject) => Promise<void>
  translated: <T>(work: () => Promise<T>) => Promise<T>
}

const linkTimeoutMs = 10_000

/** Throws ArchiveError with every right that is missing. `refusesTaken`: the store refuses a conditional put for what it has. */
export async function tryBucket(means: TrialMeans): Promise<ArchiveCheck & { refusesTaken: boolean }> {
  const { store, knowledge } = means
  const learned = { refusesTaken: false, pagesCanRead: false, listsUploads: true }
  await probeArchive(store, async (probe) => {
    const { step, objectAt } = probe
    learned.refusesTaken = await refusesTaken(means, objectAt('a.txt'))
    await step('read by link', async () => {
      learned.pagesCanRead = await readsByLink(store, objectAt('a.txt'), 'GET')
    })
    await step('HEAD by link', () => readsByLink(store, objectAt('a.txt'), 'HEAD'))
    await step('upload in parts', () => means.putInParts(objectAt('parts.txt')))
    learned.listsUploads = await tryOpenUploads(means, probe)
    // The last step deletes a single object.
    await step('delete a batch', async () => {
      for (const name of ['b.txt', 'c.txt']) await store.put(objectAt(name))
      await store.delete([objectAt('b.txt').key, objectAt('c.txt').key])
    })
  })
  const { refusesTaken: refuses, pagesCanRead, listsUploads } = learned
  const remarks = [
    knowledge.takesBatches ? null : 'it refuses batches, so objects are deleted one by one',
    knowledge.keepsVersions ? 'it keeps versions, and every version is deleted with its object' : null,
    knowledge.wantsDigest ? 'it wants an MD5 with each body, as with Object Lock' : null,
    listsUploads ? null : 'it does not list open uploads: set a lifecycle rule that ends them',
  ].filter((remark) => remark !== null)
  return { remarks, pagesCanRead, refusesTaken: refuses }
}

/** Stores without conditional puts overwrite the object or refuse the condition. */
async function refusesTaken({ insert }: TrialMeans, stored: ProbeObject): Promise<boolean> {
  try {
    return (await insert(stored)) === null
  } catch {
    return false // on any error the archive sends a HEAD request before each file, as in other stores
  }
}

/**
 * Resolves to whether pages of other origins may read the answer; a browser sends `Origin: null` after a redirect to
 * another origin.
 */
async function readsByLink(
  store: ArchiveStore,
  { key, body, contentType }: ProbeObject,
  method: 'GET' | 'HEAD',
): Promise<boolean> {
  const link = { method, expiresInSeconds: 60, contentType, fileName: 'a.txt', inline: true }
  const url = await store.signedUrl(key, link)
  const signal = AbortSignal.timeout(linkTimeoutMs)
  const answer = await fetch(url ?? '', { method, headers: { origin: 'null' }, redirect: 'manual', signal })
  const text = await answer.text()
  if (answer.status !== 200)
    throw new ArchiveError('later', `the store answers ${answer.status} to a link signed for ${method}`)
  if (method === 'GET' && text !== body.toString())
    throw new ArchiveError('later', 'the link led to other bytes than written')
  return ['*', 'null'].includes(answer.headers.get('access-control-allow-origin') ?? '')
}

/** Resolves to whether the store lists its open uploads. */
async function tryOpenUploads(
  { client, bucket, prefix, translated }: TrialMeans,
  { folder, step }: Probe,
): Promise<boolean> {
  const target = { Bucket: bucket, Key: `${prefix}${folder}/open.txt` }
  let listsUploads = true
  await step('begin an upload', () =>
    translated(async () => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(target))
      await step('list open uploads', () =>
        translated(async () => {
          const which = { bucket, prefix: `${prefix}${folder}/`, olderThanMs: 0 }
          listsUploads = (await dropOpenUploads(client, which)) !== null
        }),
      )
      // A listing may lag, or the upload may have been aborted.
      await step('abort an upload', () =>
        translated(async () => {
          await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(unlessEnded)
        }),
      )
    }),
  )
  return listsUploads
}

function unlessEnded(error: unknown): void {
  if (!isNoUpload(error)) throw error
}
