/**
 * Writes the folder's files: complete and synced under a temporary name before the rename, or unsynced where a loss
 * does no harm.
 */
import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode } from '../../../domain/error-code.ts'
import { isMissing } from './folder-errors.ts'

/** Media are the clients': other users of the machine must not read them. */
export const folderMode = 0o700
const fileMode = 0o600

/** Write size that stays in the processor's cache; larger writes cost a fifth more. */
const batchBytes = 128 * 1024

export interface WrittenFile {
  path: string
  /** Epoch milliseconds. */
  mtimeMs: number
}

/** Writes a new file of `area` and syncs it; on failure the file is removed and the error passed on. */
export async function writeTemporary(
  area: string,
  content: Buffer | AsyncIterable<Buffer>,
): Promise<WrittenFile> {
  const path = join(area, randomUUID())
  const handle = await inArea(area, () => open(path, 'wx', fileMode))
  try {
    if (Buffer.isBuffer(content)) await handle.writeFile(content)
    else await writeBatches(handle, content)
    await handle.sync()
    const { mtimeMs } = await handle.stat()
    return { path, mtimeMs }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/**
 * A small unsynced file, which a crash may lose or damage. Only an existing file, which may be open for reading, is
 * replaced by a rename.
 */
export async function putLoosely(area: string, target: string, text: string): Promise<void> {
  try {
    await inArea(dirname(target), () => writeFile(target, text, { flag: 'wx', mode: fileMode }))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    await replaceLoosely(area, target, text)
  }
}

async function replaceLoosely(area: string, target: string, text: string): Promise<void> {
  const path = join(area, randomUUID())
  try {
    await inArea(area, () => writeFile(path, text, { flag: 'wx', mode: fileMode }))
    await rename(path, target)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

/** Creates the area when it is missing. */
async function inArea<T>(area: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isMissing(error)) throw error
    await mkdir(area, { recursive: true, mode: folderMode })
    return await work()
  }
}

/** Gathers small chunks into one write while the previous write runs; sequential small writes cost a third more. */
async function writeBatches(handle: FileHandle, chunks: AsyncIterable<Buffer>): Promise<void> {
  let writing: Promise<void> = Promise.resolve()
  let held: Buffer[] = []
  let bytes = 0
  const flush = async () => {
    const [batch, size] = [held, bytes]
    held = []
    bytes = 0
    await writing
    writing = writeBatch(handle, batch, size)
    // Mark the promise as handled: the next flush awaits it.
    writing.catch(() => undefined)
  }
  try {
    for await (const chunk of chunks) {
      held.push(chunk)
      bytes += chunk.length
      if (bytes >= batchBytes) await flush()
    }
    await flush()
    await writing
  } finally {
    await Promise.allSettled([writing])
  }
}

async function writeBatch(handle: FileHandle, batch: Buffer[], bytes: number): Promise<void> {
  if (bytes === 0) return
  const { bytesWritten } = await handle.writev(batch)
  // A nearly full disk writes a part; writing the rest then reports the error.
  if (bytesWritten < bytes) await handle.writeFile(Buffer.concat(batch).subarray(bytesWritten))
}
