/** Deletes objects and unfinished files of a folder archive; what is already missing counts as deleted. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ObjectsLeftError } from '../../../domain/archive-error.ts'
import { folderError, isMissing } from './folder-errors.ts'
import { listFolder } from './folder-list.ts'
import { objectPaths } from './object-path.ts'

/** Tries every deletion, so that a failing one does not block the others; unusable keys are refused beforehand. */
export async function deleteObjects(
  dir: string,
  keys: readonly string[],
  below: readonly string[],
): Promise<void> {
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

/** Resolves to the number of unfinished files that were deleted. */
export async function deleteTemporary(temporary: string, olderThanMs: number): Promise<number> {
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
