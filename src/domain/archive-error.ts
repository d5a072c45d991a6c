/** Why a copy failed, in the six kinds that decide between a retry and the dead-letter list. */

export type ArchiveTrouble =
  /** 404 or 410: the file no longer exists. */
  | 'gone'
  /** 401 or 403: access denied (an expired or restricted link); a few retries, then the dead-letter list. */
  | 'forbidden'
  /** Time-outs, 429, 5xx, cut connections, a store that is down or full: try again. */
  | 'later'
  /** The bytes are wrong: shorter or longer than declared, over the size cap, undecodable. */
  | 'broken'
  /** The host is neither FAL's nor in ARCHIVE_ALLOWED_HOSTS: the operator can allow it while FAL keeps the file. */
  | 'foreign'
  /** Our own checks refused it: an address, scheme or redirect that is never allowed. */
  | 'refused'

export class ArchiveError extends Error {
  readonly trouble: ArchiveTrouble

  constructor(trouble: ArchiveTrouble, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ArchiveError'
    this.trouble = trouble
  }
}

/** Objects whose deletion failed, or may have failed. */
export class ObjectsLeftError extends ArchiveError {
  /** null when their number is unknown. */
  readonly left: number | null

  constructor(left: number | null, message: string, cause?: unknown) {
    super('later', message, cause)
    this.left = left
  }
}

/** Retries do not help: `refused` follows from the URL, `gone` from the source. */
export const isLasting = (trouble: ArchiveTrouble): boolean => trouble === 'gone' || trouble === 'refused'
