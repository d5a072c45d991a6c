/** Verifies an object that an earlier run may have stored: only bytes that match their own checks are kept. */
import { createHash } from 'node:crypto'
import { ArchiveError } from '../../domain/archive-error.ts'
import type { ArchivedFile, Media } from '../../domain/job.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { MediaSniffer } from '../../ports/media-source.ts'
import { archivedFile, judge } from './copied-file.ts'

export interface StoredCheck {
  archive: Pick<ArchiveStore, 'head' | 'get'>
  sniffer: MediaSniffer
  clock: Clock
}

/**
 * Verifies a file that a crashed run may have stored, instead of writing it again. null when it is missing or does
 * not match.
 */
export async function verifyStored(
  { archive, sniffer, clock }: StoredCheck,
  { key, media, signal }: { key: string; media: Media; signal: AbortSignal },
): Promise<ArchivedFile | null> {
  const head = await archive.head(key)
  if (head === null) return null
  const { body } = await archive.get(key)
  const odd: string[] = []
  // The stored file passed its checks when it was written, even one that ends early by nature.
  const seen = sniffer.sniff(body, judge(media, head.bytes, odd))
  const stop = () => seen.body.destroy(new ArchiveError('later', 'the copy was stopped', signal.reason))
  signal.addEventListener('abort', stop, { once: true })
  try {
    const hash = createHash('sha256')
    for await (const chunk of seen.body) hash.update(chunk)
    const sha256 = hash.digest('hex')
    if (head.sha256 !== null && head.sha256 !== sha256) return null
    const measured = { key, bytes: head.bytes, sha256, contentType: head.contentType }
    return archivedFile(media, measured, { facts: await seen.sniffed, odd, now: clock.now() })
  } catch (error) {
    if (error instanceof ArchiveError && error.trouble === 'broken') return null
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
    seen.body.destroy()
  }
}
