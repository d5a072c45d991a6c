/**
 * Copies one file from where FAL put it into the archive: it is checked while it streams, so that only a complete
 * file of an allowed type is stored.
 */
import type { Readable } from 'node:stream'
import { ArchiveError } from '../../domain/archive-error.ts'
import { parseExact } from '../../domain/exact-json.ts'
import type { ArchivedFile, Job, Media } from '../../domain/job.ts'
import { mediaKey } from '../../domain/media/archive-keys.ts'
import { sourcesOf } from '../../domain/media/media-of-result.ts'
import type { ArchiveStore, ObjectToStore, StoredObject } from '../../ports/archive-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { MediaSniffer, MediaSource, PassedFile } from '../../ports/media-source.ts'
import { archivedFile, CutShort, judge, typeOf } from './copied-file.ts'
import { verifyStored } from './verify-stored.ts'

export interface CopyFileDeps {
  archive: Pick<ArchiveStore, 'put' | 'insert' | 'head' | 'get'>
  /** Opens https links and `data:` URIs. */
  source: MediaSource
  sniffer: MediaSniffer
  clock: Clock
  /** `type/subtype` and `type/*`; empty for all. */
  allowedTypes: readonly string[]
}

/** The fields of a job that decide where its files come from and go to. */
export type FileOwner = Pick<Job, 'id' | 'clientId' | 'createdAt' | 'result'>

/** `key` is the object key; the default is derived from the file's index in the job. */
export type CopyFile = (
  job: FileOwner,
  media: Media,
  signal: AbortSignal,
  key?: string,
) => Promise<ArchivedFile>

interface Copy {
  key: string
  clientId: string
  media: Media
  signal: AbortSignal
  /**
   * How a new file is stored without a HEAD request first; null when that was made, or the object is to be
   * overwritten.
   */
  insert: ReturnType<ArchiveStore['insert']>
}

/** Outcome of storing a file only if its key is free. */
type Insertion =
  | { type: 'inserted'; object: StoredObject }
  | { type: 'exists' }
  /** The key is free, or may be overwritten. */
  | { type: 'still_to_put' }

/** @throws ArchiveError with the kind of failure; then nothing was stored. */
export function makeCopyFile(deps: CopyFileDeps): CopyFile {
  return async function copyFile(job, media, signal, key = mediaKey(job, media)) {
    const isDamaged = media.damaged === true
    const insert = isDamaged ? null : deps.archive.insert()
    const copy = { key, clientId: job.clientId, media, signal, insert }
    const kept = isDamaged || insert !== null ? null : await verifyStored(deps, copy)
    if (kept !== null) return kept
    try {
      return await copyTwice(sourceUrl(job, media), copy)
    } catch (error) {
      if (insert === null || signal.aborted) throw error
      // The source may be gone because a killed run already stored the file.
      const stored = await verifyStored(deps, copy)
      if (stored !== null) return stored
      throw error
    }
  }

  async function copyTwice(url: string, copy: Copy): Promise<ArchivedFile> {
    try {
      return await copyOnce(url, copy)
    } catch (error) {
      if (!(error instanceof CutShort)) throw error
      // A second download distinguishes a cut transfer from a file that really ends there.
      return await copyOnce(url, copy, error.bytes)
    }
  }

  async function copyOnce(url: string, copy: Copy, cutBefore: number | null = null): Promise<ArchivedFile> {
    const copied = await copyUnlessStored(url, copy, cutBefore)
    if (copied !== null) return copied
    // Verify the stored object with no download open, since an idle download would time out; overwrite an object that
    // does not match.
    return (await verifyStored(deps, copy)) ?? copyOnce(url, { ...copy, insert: null }, cutBefore)
  }

  /** null when the key holds an object that has not been verified yet. */
  async function copyUnlessStored(
    url: string,
    copy: Copy,
    cutBefore: number | null,
  ): Promise<ArchivedFile | null> {
    const { key, media, signal } = copy
    const opened = await deps.source.open(url, { signal, clientId: copy.clientId, bytes: media.bytes })
    try {
      const odd: string[] = []
      const { allowedTypes, clock } = deps
      const { body, sniffed, fault } = await watched(deps.sniffer, opened.body, judge(media, cutBefore, odd))
      const contentType = typeOf(media, opened.contentType, { facts: sniffed, odd, allowedTypes })
      const refused = fault()
      if (refused !== null) throw refused
      const object = { key, contentLength: opened.contentLength, contentType, signal }
      const inserted = await insertNew(copy, { ...object, body })
      if (inserted.type === 'exists') return null
      const stored =
        inserted.type === 'inserted' ? inserted.object : await deps.archive.put({ ...object, body })
      return archivedFile(media, { ...stored, contentType }, { facts: sniffed, odd, now: clock.now() })
    } finally {
      // Destroy the unread body: it would hold its connection.
      opened.close()
    }
  }

  /** Without a HEAD request before: a small file is put conditionally, a large one is checked for first. */
  async function insertNew({ key, insert }: Copy, object: ObjectToStore): Promise<Insertion> {
    if (insert === null) return { type: 'still_to_put' }
    const { body } = object
    if (Buffer.isBuffer(body)) {
      const inserted = await insert({ ...object, body })
      return inserted === null ? { type: 'exists' } : { type: 'inserted', object: inserted }
    }
    return { type: (await deps.archive.head(key)) === null ? 'still_to_put' : 'exists' }
  }
}

/** A file held in memory is checked by `fault`; a stream fails by itself before its reader sees the end. */
async function watched(
  sniffer: MediaSniffer,
  body: Readable | Buffer,
  judge: (passed: PassedFile) => Error | null,
) {
  if (Buffer.isBuffer(body)) {
    const { sniffed, passed } = await sniffer.sniffWhole(body)
    return { body, sniffed, fault: () => judge(passed) }
  }
  const seen = sniffer.sniff(body, judge)
  return { body: seen.body, sniffed: await seen.sniffed, fault: () => null }
}

/** Of the results at hand: a result of many `data:` URIs is parsed once, not for each of them. */
const inlineSources = new WeakMap<FileOwner, ReadonlyMap<string, string>>()

/** A `data:` URI is stored once: it is read from the result where it stands. */
function sourceUrl(job: FileOwner, media: Media): string {
  if (media.sourceUrl !== null) return media.sourceUrl
  const known = inlineSources.get(job)
  const sources = known ?? sourcesOf(job.result === null ? null : parseExact(job.result))
  if (known === undefined) inlineSources.set(job, sources)
  const inline = sources.get(media.path)
  if (inline === undefined) throw new ArchiveError('gone', `the result holds nothing at ${media.path}`)
  return inline
}
