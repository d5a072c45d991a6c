/** The port of reconciliation: queries for rows that contradict each other. */
import type { Job } from '../../domain/job.ts'

export interface PageAfter {
  limit: number
  /** Id of the last job of the page before. */
  after: string | null
}

/** What the ledger still holds for a final job, in micro-USD. */
export interface LostReservation {
  job: Job
  reservedMicros: number
}

export interface Inconsistencies {
  /** Ids of live jobs at FAL without a scheduled poll. */
  unwatched(limit: number): Promise<string[]>
  /** Running jobs without an update since, oldest first. */
  runningSince(before: number, page: PageAfter): Promise<Job[]>
  /** Jobs that ended while their submit was uncertain, created since. */
  givenUp(since: number, page: PageAfter): Promise<Job[]>
  /** Unmatched deliveries older than this. */
  unclaimedDeliveries(before: number, limit: number): Promise<{ id: string; requestId: string }[]>
  /** They are kept, but no longer wait. */
  setAside(deliveryIds: readonly string[]): Promise<void>
  /** Final jobs whose reservation was neither captured nor released. */
  unsettledReservations(limit: number): Promise<LostReservation[]>
}
