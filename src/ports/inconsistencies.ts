/** What reconciliation needs from outside beside the store: rows that contradict what stands beside them. */
import type { Job } from '../domain/job.ts'
import type { Settlement } from '../domain/money/job-cost.ts'

export interface PageAfter {
  limit: number
  /** Id of the last job of the page before. */
  after: string | null
}

export interface Inconsistencies {
  /** Live jobs at FAL that no timer looks after: their ids. */
  unwatched(limit: number): Promise<string[]>
  /** Running jobs of which nothing was heard since, oldest first. */
  runningSince(before: number, page: PageAfter): Promise<Job[]>
  /** Jobs that ended while nobody knew whether FAL had them, created since. */
  givenUp(since: number, page: PageAfter): Promise<Job[]>
  /** Deliveries older than this for requests that no job of ours has. */
  unclaimedDeliveries(before: number, limit: number): Promise<{ id: string; requestId: string }[]>
  /** They are kept, but no longer wait. */
  setAside(deliveryIds: readonly string[]): Promise<void>
  /** Final jobs whose reservation was neither captured nor released. */
  unsettledReservations(limit: number): Promise<Job[]>
  settleReservation(job: Job, settlement: Settlement, now: number): Promise<void>
}
