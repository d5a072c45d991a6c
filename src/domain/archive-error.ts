/** Why a copy failed, in the five classes that decide what happens next: retried, or put on the dead-letter shelf. */

export type ArchiveTrouble =
  /** 404 or 410: the file is surely no more. */
  | 'gone'
  /** 401 or 403: not ours to read (an expired or restricted link); a few retries, then the shelf. */
  | 'forbidden'
  /** Time-outs, 429, 5xx, cut connections, a store that is down or full: try again. */
  | 'later'
  /** The bytes are wrong: shorter or longer than declared, over the size cap, undecodable. */
  | 'broken'
  /** Our own guard said no: a host, address, scheme or redirect that is not allowed. */
  | 'refused'

export class ArchiveError extends Error {
  readonly trouble: ArchiveTrouble

  constructor(trouble: ArchiveTrouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ArchiveError'
    this.trouble = trouble
  }
}

/** Objects that were to be deleted and are still there, or may be. */
export class ObjectsLeftError extends ArchiveError {
  /** null when they could not be counted. */
  readonly left: number | null

  constructor(left: number | null, message: string, cause?: unknown) {
    super('later', message, cause)
    this.left = left
  }
}

/** `refused` is the configuration's answer, `gone` the world's: neither changes by asking again. */
export const isLasting = (trouble: ArchiveTrouble): boolean => trouble === 'gone' || trouble === 'refused'
