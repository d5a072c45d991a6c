/** The port of the archive's index: jobs of all clients by the state of their files. */
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
  /** Those that exist, tombstones included. */
  jobs(ids: readonly string[]): Promise<Job[]>
  /** Which of these clients exist or ever existed. */
  knownClients(ids: readonly string[]): Promise<ReadonlySet<string>>
}
