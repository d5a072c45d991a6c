/** Reads objects of a folder archive: a folder, or a file in place of a folder, is no object. */
import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { ArchiveError } from '../../../domain/archive-error.ts'
import { isMissing } from './folder-errors.ts'
import { readMeta } from './folder-meta.ts'
import { objectPaths } from './object-path.ts'

/** First and last byte, both included. */
interface ByteRange {
  start: number
  end: number
}

/** null when nothing is stored under `key`. */
export async function headObject(dir: string, key: string) {
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

/** @throws ArchiveError when nothing is stored under `key`, or the range lies outside of it. */
export async function openObject(dir: string, key: string, range?: ByteRange) {
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

function clampRange(range: ByteRange | undefined, size: number, key: string) {
  if (range === undefined) return { start: 0, end: size - 1 }
  if (range.start < 0 || range.end < range.start || range.start >= size) {
    throw new ArchiveError('refused', `bytes ${range.start}-${range.end} are not in ${key} (${size} bytes)`)
  }
  return { start: range.start, end: Math.min(range.end, size - 1) }
}
