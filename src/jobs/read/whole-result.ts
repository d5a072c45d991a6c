/** Reads a result that is too large to be read along with its job, once there is memory for it. */
import type { Job } from '../../domain/job.ts'
import type { JobStore } from '../../ports/job-store.ts'
import { copiesInMemory, type Hold } from '../../ports/memory-budget.ts'

/** The job with its whole result. */
export type WithWholeResult = (job: Job, hold: Hold) => Promise<Job>

export function makeWithWholeResult({ store }: { store: Pick<JobStore, 'result'> }): WithWholeResult {
  return async function withWholeResult(job, hold) {
    if (job.omittedResultBytes === null) return job
    await hold(job.omittedResultBytes * copiesInMemory)
    const result = await store.result(job.id)
    return { ...job, result: result ?? job.result, omittedResultBytes: null }
  }
}
