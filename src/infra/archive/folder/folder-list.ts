/** Lists the files of the folder archive, one directory at a time, without the service's own areas. */
import type { Dir } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ListedObject } from '../../../ports/archive-store.ts'
import { folderError, isMissing } from './folder-errors.ts'
import { isOwnArea } from './object-path.ts'

/** Throws ArchiveError. A folder that is not there yet holds nothing. */
export async function* listFolder(
  dir: string,
  prefix: string,
): AsyncGenerator<ListedObject, void, undefined> {
  try {
    yield* walk(dir, '', prefix)
  } catch (error) {
    throw folderError(error, dir)
  }
}

/** `inside` is the key so far: empty, or ending in a slash. */
async function* walk(
  dir: string,
  inside: string,
  prefix: string,
): AsyncGenerator<ListedObject, void, undefined> {
  const folder = await openIfThere(join(dir, inside))
  if (folder === null) return
  // Closed by the loop, also when the reader stops early.
  for await (const entry of folder) {
    if (inside === '' && isOwnArea(entry.name)) continue
    const key = `${inside}${entry.name}`
    if (entry.isDirectory()) {
      const below = `${key}/`
      if (below.startsWith(prefix) || prefix.startsWith(below)) yield* walk(dir, below, prefix)
    } else if (entry.isFile() && key.startsWith(prefix)) {
      const file = await statIfThere(join(dir, key))
      if (file !== null) yield { key, bytes: file.size, modifiedAt: file.mtimeMs }
    }
  }
}

async function openIfThere(path: string): Promise<Dir | null> {
  try {
    return await opendir(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}

/** null when it was deleted after its name was read. */
async function statIfThere(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
