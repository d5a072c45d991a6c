/**
 * Cancels a job: at once when it was never sent, else by asking FAL and waiting for the outcome; a completion that
 * wins the race is kept.
 */

import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import { isFinal, type Job } from '../../domain/job.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { FindJob } from '../read/find-job.ts'
import { jobNotFound } from '../read/find-job.ts'
import type { PollJob } from './poll-job.ts'

export interface CancelJobDeps {
  findJob: FindJob
  store: Pick<JobStore, 'record'>
  pollJob: PollJob
}

/**
 * The job as it is now: `canceled`, or still running with the cancel request recorded. @throws AppError JOB_FINAL,
 * NOT_FOUND.
 */
export type CancelJob = (client: Client, id: string) => Promise<Job>

export function makeCancelJob({ findJob, store, pollJob }: CancelJobDeps): CancelJob {
  return async function cancelJob(client, id) {
    const job = await findJob(client, id)
    if (isFinal(job.status)) throw alreadyFinal(job)
    const asked = await store.record(id, () => [{ type: 'cancel_asked' }], { source: 'api' })
    if (asked === null) throw jobNotFound()
    if (isFinal(asked.job.status) && asked.job.status !== 'canceled') throw alreadyFinal(asked.job)
    if (isFinal(asked.job.status) || asked.job.requestId === null) return asked.job
    // The poll asks FAL to cancel and reads the outcome; the task scheduled above repeats it if this process dies
    // here.
    const polled = await pollJob(id, {})
    return polled?.job ?? asked.job
  }
}

const alreadyFinal = (job: Job): AppError =>
  new AppError('JOB_FINAL', `The job is ${job.status} already.`, { extensions: { jobStatus: job.status } })
