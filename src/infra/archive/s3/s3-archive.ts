/**
 * The archive in a bucket of S3 or of a store that speaks its protocol (R2, MinIO): a key holds a complete object or
 * nothing.
 */
import type { ArchiveStore, ObjectToStore, StoredObject } from '../../../ports/archive-store.ts'
import { destroyBody } from '../measured-body.ts'
import { createWriteHealth } from '../write-health.ts'
import { nothingKnown } from './bucket-knowledge.ts'
import { deleteObjects } from './s3-delete.ts'
import { isTaken, s3Error } from './s3-errors.ts'
import { listObjects } from './s3-list.ts'
import { putInOnePart, putS3Object } from './s3-put.ts'
import { askForNothing, getObject, headObject } from './s3-read.ts'
import { createS3Client, type S3ArchiveOptions } from './s3-settings.ts'
import { signLink } from './s3-sign.ts'
import { dropOpenUploads } from './s3-sweep.ts'
import { tryBucket } from './s3-trial.ts'

export type ClosableArchiveStore = ArchiveStore & { close(): void }

export function createS3Archive(options: S3ArchiveOptions): ClosableArchiveStore {
  const client = createS3Client(options)
  const prefix = normalPrefix(options.keyPrefix ?? '')
  const at = (key: string) => ({ Bucket: options.bucket, Key: `${prefix}${key}` })

  let refusesTaken = false
  const knowledge = nothingKnown()
  const health = createWriteHealth()

  const store: ClosableArchiveStore = {
    kind: 's3',
    put: (object) => put(object),
    insert: () => (refusesTaken ? (object) => insert(object) : null),
    head: (key) => translated(() => headObject(client, at(key))),
    get: (key, range) => translated(() => getObject(client, at(key), range)),
    delete: (keys, { below = [] } = {}) =>
      deleteObjects(client, { keys, below }, { options, prefix, knowledge }),
    list: (start) => listObjects(client, { options, prefix, start }),
    signedUrl: (key, link) => translated(() => signLink(client, at(key), link)),
    async check() {
      const { refusesTaken: refuses, ...found } = await tryBucket({
        ...{ store, client, bucket: options.bucket, prefix, knowledge, insert, translated },
        putInParts: (object) => translated(() => putInOnePart(client, object, targetOf(object))),
      })
      refusesTaken = refuses
      return found
    },
    async ping() {
      await translated(() => askForNothing(client, at('probe/nothing')))
      health.check()
    },
    sweepUnfinished: (olderThanMs) =>
      translated(
        async () => (await dropOpenUploads(client, { bucket: options.bucket, prefix, olderThanMs })) ?? 0,
      ),
    close: () => client.destroy(),
  }
  return store

  function targetOf({ key }: ObjectToStore) {
    return { options, knowledge, fullKey: at(key).Key }
  }

  async function put(object: ObjectToStore, onlyNew = false): Promise<StoredObject> {
    try {
      const { versionId, ...stored } = await putS3Object(client, object, { ...targetOf(object), onlyNew })
      if (versionId !== null) knowledge.keepsVersions = true
      health.succeeded()
      return { key: object.key, ...stored }
    } catch (error) {
      destroyBody(object.body)
      const why = s3Error(error, options)
      // An ArchiveError comes from the source; a refused conditional put is no failure of the store either.
      if (why !== error && !isTaken(error) && object.signal?.aborted !== true) health.failed(why)
      throw why
    }
  }

  async function insert(object: ObjectToStore): Promise<StoredObject | null> {
    try {
      return await put(object, true)
    } catch (error) {
      if (error instanceof Error && isTaken(error.cause)) return null
      throw error
    }
  }

  async function translated<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw s3Error(error, options)
    }
  }
}

function normalPrefix(text: string): string {
  const inner = text.replace(/^\/+|\/+$/g, '')
  return inner === '' ? '' : `${inner}/`
}
