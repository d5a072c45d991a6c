/** Finds a client's own job, or throws NOT_FOUND: another client's job is indistinguishable from a missing one. */

import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import type { Job } from '../../domain/job.ts'
import type { JobStore } from '../../ports/job-store.ts'

export type FindJob = (client: Client, id: string) => Promise<Job>

export function makeFindJob({ store }: { store: Pick<JobStore, 'get'> }): FindJob {
  return async function findJob(client, id) {
    const job = await store.get(id)
    if (job === null || job.clientId !== client.clientId) throw jobNotFound()
    return job
  }
}

export const jobNotFound = (): AppError => new AppError('NOT_FOUND', 'The job does not exist.')

export const notFinal = (job: Job, consequence: string): AppError =>
  new AppError('JOB_NOT_FINAL', `The job is ${job.status}. ${consequence}`, {
    extensions: { jobStatus: job.status },
  })
