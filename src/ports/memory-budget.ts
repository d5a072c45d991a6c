/**
 * The port of the process's memory budget: whatever holds megabytes for a while (bodies, results, pages) reserves them
 * first, so that together they stay below one limit.
 */

export type Release = () => void

export interface Reservation {
  /** How long to wait for other reservations to end, in milliseconds. */
  withinMs: number
  signal?: AbortSignal | undefined
}

export interface MemoryBudget {
  readonly totalBytes: number
  /**
   * Reserves bytes until they are released; more than the budget counts as all of it. @throws AppError UNAVAILABLE when
   * they are not free in time.
   */
  reserve(bytes: number, reservation: Reservation): Promise<Release>
}

/** Called with a size before that much is read; rejects when it must not be. */
export type Hold = (bytes: number) => Promise<void>

/** A result or a page in memory is its text, its values, and its text again on the way out. */
export const copiesInMemory = 4
