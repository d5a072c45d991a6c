/**
 * The archive in a local folder, the default without a bucket: a key holds a complete, synced file or nothing, also
 * after a crash.
 */
import { access, constants, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { ArchiveError, ObjectsLeftError } from '../../../domain/archive-error.ts'
import type { ArchiveStore, ObjectToStore, StoredObject } from '../../../ports/archive-store.ts'
import { destroyBody, measureBody, measureWhole } from '../measured-body.ts'
import { probeArchive } from '../probe.ts'
import { createWriteHealth } from '../write-health.ts'
import { putLoosely, writeTemporary } from './durable-file.ts'
import { errorCode, folderError, isMissing } from './folder-errors.ts'
import { listFolder } from './folder-list.ts'
import { type ObjectMeta, readMeta } from './folder-meta.ts'
import { createFolderNames } from './folder-names.ts'
import { objectPaths, temporaryArea } from './object-path.ts'

export function createFolderArchive(options: { dir: string }): ArchiveStore {
  const dir = resolve(options.dir)
  const temporary = join(dir, temporaryArea)
  const commits = new Map<string, Promise<void>>()
  const names = createFolderNames(dir)
  const health = createWriteHealth()

  const store: ArchiveStore = {
    kind: 'folder',
    put,
    insert: () => null,
    head: (key) => guarded(() => head(key)),
    get: (key, range) => guarded(() => get(key, range)),
    delete: (keys, { below = [] } = {}) => guarded(() => remove(keys, below)),
    list: (prefix) => listFolder(dir, prefix),
    signedUrl: () => Promise.resolve(null),
    async check() {
      await probeArchive(store)
      return { remarks: [], pagesCanRead: null }
    },
    ping: () => guarded(ping),
    sweepUnfinished: (olderThanMs) => guarded(() => sweep(olderThanMs)),
  }
  return store

  async function put(object: ObjectToStore): Promise<StoredObject> {
    try {
      const paths = objectPaths(dir, object.key)
      const { file, measured } = await write(object)
      const meta = { ...measured, contentType: object.contentType, mtimeMs: file.mtimeMs }
      try {
        await inTurn(object.key, () => commit(file.path, meta, paths))
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

  async function write({ body, ...object }: ObjectToStore) {
    if (Buffer.isBuffer(body)) {
      const measured = measureWhole(body, object)
      return { file: await writeTemporary(temporary, body), measured }
    }
    const { chunks, measured } = measureBody({ ...object, body })
    const file = await writeTemporary(temporary, chunks)
    return { file, measured: measured() }
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
    if (await names.makeRoom(paths.data)) await mkdir(dirname(paths.meta), { recursive: true })
    await putLoosely(temporary, paths.meta, JSON.stringify(meta))
    await names.moveIntoPlace(file, paths.data)
  }

  /** Two puts of one key must not interleave, or the metadata of one would describe the bytes of the other. */
  async function inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const before = commits.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    commits.set(key, mine)
    try {
      await mine
    } finally {
      if (commits.get(key) === mine) commits.delete(key)
    }
  }

  async function head(key: string) {
    const paths = objectPaths(dir, key)
    try {
      const file = await stat(paths.data)
      if (!file.isFile()) return null
      return { bytes: file.size, ...(await readMeta(paths.meta, file)) }
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  async function get(key: string, range?: { start: number; end: number }) {
    const paths = objectPaths(dir, key)
    const handle = await open(paths.data, 'r').catch((error: unknown) => {
      throw isMissing(error) ? new ArchiveError('gone', `nothing is archived under ${key}`, error) : error
    })
    try {
      const file = await handle.stat()
      if (!file.isFile()) throw new ArchiveError('gone', `nothing is archived under ${key}`)
      const { contentType } = await readMeta(paths.meta, file)
      const span = clampRange(range, file.size, key)
      const bytes = span.end - span.start + 1
      if (bytes > 0) return { body: handle.createReadStream(span), bytes, contentType }
      await handle.close()
      return { body: Readable.from([]), bytes: 0, contentType }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Tries every deletion, so that a failing one does not block the others; unusable keys are refused beforehand. */
  async function remove(keys: readonly string[], below: readonly string[]): Promise<void> {
    for (const key of keys) objectPaths(dir, key)
    const doomed = new Set(keys)
    for (const folder of below) for await (const { key } of listFolder(dir, `${folder}/`)) doomed.add(key)
    const left: { key: string; error: unknown }[] = []
    for (const key of doomed) {
      try {
        const paths = objectPaths(dir, key)
        await removeIfThere(paths.data)
        await removeIfThere(paths.meta)
      } catch (error) {
        left.push({ key, error })
      }
    }
    const [first] = left
    if (first === undefined) return
    const why = folderError(first.error, dir).message
    throw new ObjectsLeftError(left.length, `${left.length} left, first ${first.key}: ${why}`, first.error)
  }

  async function ping(): Promise<void> {
    await mayWrite(dir)
    health.check()
  }

  async function sweep(olderThanMs: number): Promise<number> {
    const limit = Date.now() - olderThanMs
    let removed = 0
    for (const name of await listIfThere(temporary)) {
      const path = join(temporary, name)
      const file = await stat(path).catch((error: unknown) => {
        if (isMissing(error)) return null // its writer finished meanwhile
        throw error
      })
      if (file === null || file.mtimeMs > limit) continue
      await rm(path, { force: true })
      removed += 1
    }
    return removed
  }

  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw folderError(error, dir)
    }
  }
}

function clampRange(range: { start: number; end: number } | undefined, size: number, key: string) {
  if (range === undefined) return { start: 0, end: size - 1 }
  if (range.start < 0 || range.end < range.start || range.start >= size) {
    throw new ArchiveError('refused', `bytes ${range.start}-${range.end} are not in ${key} (${size} bytes)`)
  }
  return { start: range.start, end: Math.min(range.end, size - 1) }
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

/** A file in place of one of its folders means that the object does not exist. */
async function removeIfThere(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

async function listIfThere(path: string): Promise<string[]> {
  try {
    return await readdir(path)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
