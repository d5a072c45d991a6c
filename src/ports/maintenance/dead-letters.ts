/**
 * The port of the dead-letter list: copies, callbacks and deletions that were given up or keep failing, oldest first.
 */
import type { Page } from '../page.ts'

export const deadLetterKinds = ['archive', 'callback', 'erase'] as const
export type DeadLetterKind = (typeof deadLetterKinds)[number]

/**
 * A dead letter: the copy of a job's files, a callback, or the deletion of an erased job's objects, which is still
 * retried. Times are epoch milliseconds.
 */
export interface DeadLetter {
  /** The job's id for an archive and an erasure, the callback's for a callback. */
  id: string
  kind: DeadLetterKind
  clientId: string
  jobId: string
  /** E.g. `2 of 4 files`, `job.completed`, `2 objects to delete`. */
  what: string
  reason: string | null
  tries: number
  /** Of the files that are missing, as far as FAL reported it; or of the message. null: unknown. */
  bytes: number | null
  /** When it was given up, or first failed. */
  since: number
}

export interface DeadLetterFilter {
  /** null: of all clients. */
  clientId: string | null
  kind?: DeadLetterKind
}

export interface DeadLetterStore {
  list(filter: DeadLetterFilter, page: { limit: number; cursor: string | null }): Promise<Page<DeadLetter>>
  /** null when the list has no entry with this id. */
  find(id: string): Promise<DeadLetter | null>
}
