/** The port of the archive store, a bucket or a folder. Every adapter passes the same contract suite. */
import type { Readable } from 'node:stream'

export interface ObjectToStore {
  key: string
  /** A small file may be passed as a buffer. */
  body: Readable | Buffer
  /** null when the source declares none. */
  contentLength: number | null
  contentType: string
  signal?: AbortSignal
}

/** An object as a listing shows it. */
export interface ListedObject {
  key: string
  bytes: number
  /** Epoch milliseconds. */
  modifiedAt: number
}

export interface StoredObject {
  key: string
  bytes: number
  /** Lower-case hex, measured on the way through. */
  sha256: string
}

/** Findings of a `check` that are no failure. */
export interface ArchiveCheck {
  /** Deviations of this store from S3, one phrase each. */
  remarks: string[]
  /** Whether it lets pages of other origins read its links; null where the service serves the files itself. */
  pagesCanRead: boolean | null
}

export interface LinkToSign {
  /** A store refuses a link that was signed for another method. Default GET. */
  method?: 'GET' | 'HEAD'
  expiresInSeconds: number
  /**
   * Requests within this many seconds get the same link, which lives that much longer, so that browsers cache the
   * file.
   */
  sameForSeconds?: number
  contentType: string
  fileName: string
  inline: boolean
}

/** A bucket or a folder. One contract test runs over every adapter. */
export interface ArchiveStore {
  /** e.g. `s3` or `folder`. */
  readonly kind: string
  /**
   * Streams the body to its key, whole or not at all: when the body fails, ends before `contentLength` or runs past
   * it, nothing is left under the key. Throws ArchiveError with the class of the trouble.
   */
  put(object: ObjectToStore): Promise<StoredObject>
  /**
   * The same for a file given whole, but null, and nothing written, when something is stored under the key: it saves
   * a HEAD request where that is expensive. Absent where it is cheap, or where no `check` has shown that the store
   * honours conditional puts.
   */
  insert(): ((object: ObjectToStore & { body: Buffer }) => Promise<StoredObject | null>) | null
  /** null when nothing is stored under the key. */
  head(key: string): Promise<{ bytes: number; sha256: string | null; contentType: string } | null>
  /** Bytes `start..end` inclusive, or all of it. Throws ArchiveError 'gone' when there is nothing. */
  get(
    key: string,
    range?: { start: number; end: number },
  ): Promise<{ body: Readable; bytes: number; contentType: string }>
  /**
   * Removes the objects under these keys and everything that lies in the folders `below`, with every version that a
   * bucket keeps; deleting a missing object succeeds. Resolves only when nothing is left. @throws ArchiveError, as
   * ObjectsLeftError where the number of remaining objects is known.
   */
  delete(keys: readonly string[], options?: { below?: readonly string[] }): Promise<void>
  /**
   * Every whole object whose key begins with `prefix`, in no promised order, read in pages as it is asked for. What is
   * written or removed meanwhile may or may not show.
   */
  list(prefix: string): AsyncIterable<ListedObject>
  /** A link that needs no API key, or null when the store cannot make one (a folder: the service signs its own). */
  signedUrl(key: string, link: LinkToSign): Promise<string | null>
  /**
   * Tries all that the archive must be allowed to do, in a folder of its own that is removed at the end. Throws ArchiveError
   * that names each step that failed.
   */
  check(): Promise<ArchiveCheck>
  /** Whether it can be reached and took the last file: one request at most, and nothing is written. Throws with what is wrong. */
  ping(): Promise<void>
  /**
   * Deletes half-written objects of killed processes; younger ones may still be growing. Resolves to their number.
   */
  sweepUnfinished(olderThanMs: number): Promise<number>
}
