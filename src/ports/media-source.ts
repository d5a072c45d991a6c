/** What copying needs of where the media come from: opening it, and learning what it is while it passes by. */
import type { Readable } from 'node:stream'

/** Files up to here are taken whole; larger ones are read piece by piece, so that nobody else waits meanwhile. */
export const smallFileBytes = 1024 * 1024

/** An opened source of media: a small file of known length is there whole and of that length, a larger one is still to be read. */
export interface OpenedSource {
  body: Readable | Buffer
  contentLength: number | null
  contentType: string | null
  /**
   * Lets the download and its place among those at once go. Only once the file is stored or given up: what waits for a
   * slow store then counts, so that memory stays bounded. Any number of times.
   */
  close(): void
}

export interface MediaSource {
  /** Follows at most 3 redirects, each checked; throws ArchiveError. */
  open(url: string, signal?: AbortSignal): Promise<OpenedSource>
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
  /** Whether it came to the end that its own format announces; `unknown` for formats that do not tell. */
  end: 'whole' | 'cut' | 'unknown'
}

/** Reads the type and dimensions off a file's head: of one at hand, or of a stream while it passes through unchanged. */
export interface MediaSniffer {
  look(content: Buffer): Promise<{ sniffed: SniffedFile; passed: PassedFile }>
  /** `judge` is asked once the last byte has passed: an error it gives fails the body before its reader sees the end. */
  sniff(
    body: Readable,
    judge?: (passed: PassedFile) => Error | null,
  ): { body: Readable; sniffed: Promise<SniffedFile> }
}
