/** What copying needs of where the media come from: opening it, and learning what it is while it passes by. */
import type { Readable } from 'node:stream'

/** An opened source of media, headers read, body not yet. */
export interface OpenedSource {
  body: Readable
  contentLength: number | null
  contentType: string | null
}

export interface MediaSource {
  /** Follows at most 3 redirects, each checked; throws ArchiveError. */
  open(url: string, signal?: AbortSignal): Promise<OpenedSource>
}

/** What was learned of a file from its first bytes. */
export interface SniffedFile {
  contentType: string | null
  width: number | null
  height: number | null
  durationSeconds: number | null
}

/** What was learned of a file when its last byte had passed. */
export interface PassedFile {
  bytes: number
  /** Whether it came to the end that its own format announces; `unknown` for formats that do not tell. */
  end: 'whole' | 'cut' | 'unknown'
}

/** Reads the type and dimensions off a stream's head while it passes through unchanged. */
export interface MediaSniffer {
  /** `judge` is asked once the last byte has passed: an error it gives fails the body before its reader sees the end. */
  sniff(
    body: Readable,
    judge?: (passed: PassedFile) => Error | null,
  ): { body: Readable; sniffed: Promise<SniffedFile> }
}
