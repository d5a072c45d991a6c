/** What the upkeep of the archive needs from outside: jobs by the state of their files, and each client's own rules. */
import type { ArchiveStatus, Job } from '../domain/job.ts'

/** Everything given must hold. Times are epoch milliseconds of the job's creation. */
export interface ArchiveFilter {
  clientId?: string
  jobId?: string
  statuses?: readonly ArchiveStatus[]
  since?: number
  until?: number
}

export interface ArchiveIndex {
  /** Jobs of all clients, oldest first, those created after the job `after`. */
  page(filter: ArchiveFilter, page: { limit: number; after: string | null }): Promise<Job[]>
  /** Those there are, tombstones too. */
  jobs(ids: readonly string[]): Promise<Job[]>
  /** Which of these clients there are, or ever were. */
  knownClients(ids: readonly string[]): Promise<ReadonlySet<string>>
}

/** Days after a job's end; null keeps it for good. */
export interface ClientPolicy {
  archiveByDefault: boolean
  keepMediaDays: number | null
  /** Prompts, inputs and results. */
  keepContentDays: number | null
  /** Everything but a tombstone. */
  keepJobsDays: number | null
  /** Its share of the places at FAL beside others that wait; above 0. */
  turnWeight: number
  /** Most jobs at FAL at once; null: as many as FAL_MAX_IN_FLIGHT_PER_CLIENT says. */
  maxInFlight: number | null
}

export interface ClientPolicies {
  /** null when there is no such client. */
  get(clientId: string): Promise<ClientPolicy | null>
  /** What is not given stays. null when there is no such client. */
  change(clientId: string, policy: Partial<ClientPolicy>): Promise<ClientPolicy | null>
}

export type Aged = 'media' | 'content' | 'job'

export interface RetentionStore {
  /** Final jobs of which this is older than their client keeps it, oldest first. */
  aged(what: Aged, limit: number): Promise<Job[]>
  /** Empties prompts, inputs, results and what repeats them; false when there was nothing to do. */
  eraseContent(jobId: string): Promise<boolean>
}
