/** A client's own job, or NOT_FOUND: another client's job looks the same as one that never was. */
import { AppError } from '../../domain/errors.ts'
import type { Job } from '../../domain/job.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Client } from '../create/create-job.ts'

export type FindJob = (client: Client, id: string) => Promise<Job>

export function createFindJob({ store }: { store: Pick<JobStore, 'get'> }): FindJob {
  return async function findJob(client, id) {
    const job = await store.get(id)
    if (job === null || job.clientId !== client.clientId) throw jobNotFound()
    return job
  }
}

export const jobNotFound = (): AppError => new AppError('NOT_FOUND', 'There is no such job.')
