/** Requeues the archiving of a job: its copy was dead-lettered, or the create asked for none. */

import type { Client } from '../../domain/client.ts'
import { isFinal, type Job } from '../../domain/job.ts'
import type { JobStore } from '../../ports/job-store.ts'
import { type FindJob, jobNotFound, notFinal } from '../read/find-job.ts'

export interface ArchiveAgainDeps {
  findJob: FindJob
  store: Pick<JobStore, 'record'>
}

/**
 * The job after the request: `archiveStatus` is `pending` when files are being copied. @throws AppError
 * JOB_NOT_FINAL, NOT_FOUND.
 */
export type ArchiveAgain = (client: Client, id: string) => Promise<Job>

export function makeArchiveAgain({ findJob, store }: ArchiveAgainDeps): ArchiveAgain {
  return async function archiveAgain(client, id) {
    const job = await findJob(client, id)
    if (!isFinal(job.status)) throw notFinal(job, 'It has nothing to archive yet.')
    const asked = await store.record(job.id, () => [{ type: 'archive_asked' }], { source: 'api' })
    if (asked === null) throw jobNotFound()
    return asked.job
  }
}
