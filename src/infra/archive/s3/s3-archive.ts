/**
 * The archive in a bucket of S3 or of a store that speaks its protocol (R2, MinIO): a key holds a complete object or
 * nothing.
 */

import { Readable } from 'node:stream'
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { ArchiveError } from '../../../domain/archive-error.ts'
import { isInlineSafe } from '../../../domain/media/media-type.ts'
import type { ArchiveStore, LinkToSign, ObjectToStore, StoredObject } from '../../../ports/archive-store.ts'
import { contentDisposition } from '../content-disposition.ts'
import { destroyBody } from '../measured-body.ts'
import { createWriteHealth } from '../write-health.ts'
import { nothingKnown } from './bucket-knowledge.ts'
import { deleteObjects } from './s3-delete.ts'
import { isNoObject, isTaken, s3Error } from './s3-errors.ts'
import { listObjects } from './s3-list.ts'
import { putInOnePart, putS3Object } from './s3-put.ts'
import { createS3Client, type S3ArchiveOptions } from './s3-settings.ts'
import { dropOpenUploads } from './s3-sweep.ts'
import { tryBucket } from './s3-trial.ts'

export type ClosableArchiveStore = ArchiveStore & { close(): void }

const defaultType = 'application/octet-stream'

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
    head: (key) => translated(() => head(key)),
    get: (key, range) => translated(() => get(key, range)),
    delete: (keys, { below = [] } = {}) =>
      deleteObjects(client, { keys, below }, { options, prefix, knowledge }),
    list: (start) => listObjects(client, { options, prefix, start }),
    signedUrl: (key, link) => translated(() => sign(key, link)),
    async check() {
      const { refusesTaken: refuses, ...found } = await tryBucket({
        ...{ store, client, bucket: options.bucket, prefix, knowledge, insert, translated },
        putInParts: (object) => translated(() => putInOnePart(client, object, targetOf(object))),
      })
      refusesTaken = refuses
      return found
    },
    async ping() {
      await translated(() => missingObject())
      health.check()
    },
    sweepUnfinished: (olderThanMs) =>
      translated(
        async () => (await dropOpenUploads(client, { bucket: options.bucket, prefix, olderThanMs })) ?? 0,
      ),
    close: () => client.destroy(),
  }
  return store

  function sign(key: string, { sameForSeconds = 1, ...link }: LinkToSign): Promise<string> {
    const isInline = link.inline && isInlineSafe(link.contentType)
    const params = {
      ...at(key),
      ResponseContentType: link.contentType,
      ResponseContentDisposition: contentDisposition(link.fileName, isInline),
    }
    const command = link.method === 'HEAD' ? new HeadObjectCommand(params) : new GetObjectCommand(params)
    // The bucket's time from its answers: it refuses links signed by a machine whose clock is ahead.
    const seconds = Math.floor((Date.now() + client.config.systemClockOffset) / 1000)
    const signingDate = new Date((seconds - (seconds % sameForSeconds)) * 1000)
    const expiresIn = link.expiresInSeconds + sameForSeconds - 1
    return getSignedUrl(client, command, { expiresIn, signingDate })
  }

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

  /** A GET, since a refused HEAD carries no reason. */
  async function missingObject(): Promise<void> {
    try {
      const { Body } = await client.send(new GetObjectCommand(at('probe/nothing')))
      if (Body instanceof Readable) Body.destroy()
    } catch (error) {
      if (!isNoObject(error)) throw error
    }
  }

  async function head(key: string) {
    try {
      const found = await client.send(new HeadObjectCommand(at(key)))
      return {
        bytes: found.ContentLength ?? 0,
        sha256: found.Metadata?.sha256 ?? null,
        contentType: found.ContentType ?? defaultType,
      }
    } catch (error) {
      if (isNoObject(error)) return null
      throw error
    }
  }

  async function get(key: string, range?: { start: number; end: number }) {
    const span = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }
    try {
      const found = await client.send(new GetObjectCommand({ ...at(key), ...span }))
      if (!(found.Body instanceof Readable)) throw new ArchiveError('later', `${key}: the store sent no body`)
      const contentType = found.ContentType ?? defaultType
      return { body: found.Body, bytes: found.ContentLength ?? 0, contentType }
    } catch (error) {
      if (!isNoObject(error)) throw error
      throw new ArchiveError('gone', `nothing is archived under ${key}`, error)
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
