/**
 * The archive in a local folder, the default without a bucket: a key holds a complete, synced file or nothing, also
 * after a crash.
 */
import { access, constants, mkdir, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { SerialByKey } from '../../../concurrency/serial-by-key.ts'
import { errorCode } from '../../../domain/error-code.ts'
import type { ArchiveStore, ObjectToStore, StoredObject } from '../../../ports/archive-store.ts'
import { destroyBody, measureBody, measureWhole } from '../measured-body.ts'
import { probeArchive } from '../probe.ts'
import { createWriteHealth } from '../write-health.ts'
import { folderMode, putLoosely, writeTemporary } from './durable-file.ts'
import { deleteObjects, deleteTemporary } from './folder-delete.ts'
import { folderError } from './folder-errors.ts'
import { listFolder } from './folder-list.ts'
import type { ObjectMeta } from './folder-meta.ts'
import { createFolderNames } from './folder-names.ts'
import { headObject, openObject } from './folder-read.ts'
import { objectPaths, temporaryArea } from './object-path.ts'

export function createFolderArchive(options: { dir: string }): ArchiveStore {
  const dir = resolve(options.dir)
  const temporary = join(dir, temporaryArea)
  const commits = new SerialByKey()
  const names = createFolderNames(dir)
  const health = createWriteHealth()

  const store: ArchiveStore = {
    kind: 'folder',
    put,
    insert: () => null,
    head: (key) => guarded(() => headObject(dir, key)),
    get: (key, range) => guarded(() => openObject(dir, key, range)),
    delete: (keys, { below = [] } = {}) => guarded(() => deleteObjects(dir, keys, below)),
    list: (prefix) => listFolder(dir, prefix),
    signedUrl: () => Promise.resolve(null),
    async check() {
      await probeArchive(store)
      return { remarks: [], pagesCanRead: null }
    },
    ping: () => guarded(ping),
    sweepUnfinished: (olderThanMs) => guarded(() => deleteTemporary(temporary, olderThanMs)),
  }
  return store

  async function put(object: ObjectToStore): Promise<StoredObject> {
    try {
      const paths = objectPaths(dir, object.key)
      const { file, measured } = await writeMeasured(temporary, object)
      const meta = { ...measured, contentType: object.contentType, mtimeMs: file.mtimeMs }
      try {
        // Two interleaved puts of one key would let the metadata of one describe the bytes of the other.
        await commits.run(object.key, () => commit(file.path, meta, paths))
      } catch (error) {
        await rm(file.path, { force: true })
        throw error
      }
      health.succeeded()
      return { key: object.key, ...measured }
    } catch (error) {
      destroyBody(object.body)
      const why = folderError(error, dir)
      // An ArchiveError comes from the source, not from the folder.
      if (why !== error) health.failed(why)
      throw why
    }
  }

  /**
   * Write the metadata first, so that a file never appears without its type. It is not synced: without it the name
   * gives the type.
   */
  async function commit(
    file: string,
    meta: ObjectMeta,
    paths: { data: string; meta: string },
  ): Promise<void> {
    // Both trees have the same folders.
    if (await names.makeRoom(paths.data))
      await mkdir(dirname(paths.meta), { recursive: true, mode: folderMode })
    await putLoosely(temporary, paths.meta, JSON.stringify(meta))
    await names.moveIntoPlace(file, paths.data)
  }

  async function ping(): Promise<void> {
    await mayWrite(dir)
    health.check()
  }

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw folderError(error, dir)
    }
  }
}

async function writeMeasured(temporary: string, { body, ...object }: ObjectToStore) {
  if (Buffer.isBuffer(body)) {
    const measured = measureWhole(body, object)
    return { file: await writeTemporary(temporary, body), measured }
  }
  const { chunks, measured } = measureBody({ ...object, body })
  const file = await writeTemporary(temporary, chunks)
  return { file, measured: measured() }
}

/** The folder is created with the first file: until then the nearest existing parent is checked. */
async function mayWrite(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    await mayWrite(dirname(path))
  }
}
