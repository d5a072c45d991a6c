/** The port of media sources: opening a file, and detecting its type while it streams. */
import type { Readable } from 'node:stream'

/** Files up to this size are held in memory; larger ones are streamed, so that they do not block others. */
export const smallFileBytes = 1024 * 1024

/** An opened source: a small file of known length as a buffer, a larger one as a stream. */
export interface OpenedSource {
  body: Readable | Buffer
  contentLength: number | null
  contentType: string | null
  /**
   * Releases the download and its concurrency slot. Call it only when the file is stored or given up, so that files
   * waiting for a slow store count against the bound. Idempotent.
   */
  close(): void
}

export interface MediaSource {
  /** Follows at most 3 redirects, each checked; throws ArchiveError. */
  open(url: string, options?: OpenOptions): Promise<OpenedSource>
}

export interface OpenOptions {
  signal?: AbortSignal
  /** Whose file it is: downloads are shared fairly among clients. */
  clientId?: string
  /** The size that FAL declared. */
  bytes?: number | null
}

/** What was learned of a file from its first bytes. */
export interface SniffedFile {
  contentType: string | null
  /** As it is shown: what the file says of its own rotation is applied. */
  width: number | null
  height: number | null
  /** As it lies in the file, where that differs; null where it does not, or nothing is known. */
  stored: { width: number; height: number } | null
  durationSeconds: number | null
}

/** What was learned of a file when its last byte had passed. */
export interface PassedFile {
  bytes: number
  /** Whether it came to the end that its own format announces; `unknown` for formats that announce none. */
  end: 'whole' | 'cut' | 'unknown'
}

/** Reads the type and dimensions off a file's head: of one at hand, or of a stream while it passes through unchanged. */
export interface MediaSniffer {
  sniffWhole(content: Buffer): Promise<{ sniffed: SniffedFile; passed: PassedFile }>
  /** `judge` is called after the last byte: an error it returns fails the body before its reader sees the end. */
  sniff(
    body: Readable,
    judge?: (passed: PassedFile) => Error | null,
  ): { body: Readable; sniffed: Promise<SniffedFile> }
}
