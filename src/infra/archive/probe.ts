/** Proves at start-up that a store can be written, read and cleaned, with a small object of its own. */
import { randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { ArchiveError } from '../../domain/archive-error.ts'
import type { ArchiveStore, ObjectToStore } from '../../ports/archive-store.ts'

/** Throws ArchiveError that names the step that failed. `whileThere` may try more on the object while it is stored. */
export async function probeArchive(
  store: ArchiveStore,
  whileThere: (probe: ObjectToStore) => Promise<void> = async () => undefined,
): Promise<void> {
  const key = `probe/${randomUUID()}.txt`
  const content = Buffer.from(`fal-jobs can write here: ${key}`)
  const object = {
    key,
    body: content,
    contentLength: content.length,
    contentType: 'text/plain',
  }
  await step('write', () => store.put(object))
  try {
    const readBack = await step('read', async () => buffer((await store.get(key)).body))
    if (!readBack.equals(content))
      throw new ArchiveError('later', 'archive check: read other bytes than written')
    await whileThere(object)
    // Stores that may not tell what is missing (S3 without ListBucket) refuse this with 403. It comes after the write,
    // since a refused HEAD carries no body and so no reason.
    await step('look', () => store.head(`${key}.missing`))
  } finally {
    await step('delete', () => store.delete([key]))
  }
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const trouble = error instanceof ArchiveError ? error.trouble : 'later'
    throw new ArchiveError(trouble, `archive check: ${name} failed: ${reason}`, error)
  }
}
