/** Looks at FAL for a job nobody has heard of: asks, maps, records. A failed look is never a verdict. */
import type { Fact } from '../domain/facts.ts'
import { factsOfOutcome } from '../domain/facts-of-outcome.ts'
import { isFinal, type Job } from '../domain/job.ts'
import type { ActualCost } from './actual-cost.ts'
import type { Clock, Fal, JobStore, Logger, Recorded, RequestRef, Task } from './ports.ts'
import type { SettleUncertain } from './settle-uncertain.ts'

export interface PollJobDeps {
  store: Pick<JobStore, 'get' | 'record'>
  fal: Pick<Fal, 'look' | 'cancel'>
  settleUncertain: SettleUncertain
  clock: Clock
  actualCost: ActualCost
  log: Logger
  logsByDefault: boolean
}

/** What a look taught, in words for the log and the metrics. */
export type PollJob = (
  jobId: string,
  options: { closing?: Task; signal?: AbortSignal },
) => Promise<Recorded | null>

export function createPollJob(deps: PollJobDeps): PollJob {
  const { store, fal, clock, log } = deps

  return async function pollJob(jobId, { closing, signal }) {
    const recording = { source: 'poll' as const, ...(closing === undefined ? {} : { closing }) }
    const job = await store.get(jobId)
    if (job === null) return store.record(jobId, () => [], recording)
    const facts = await look(job, signal)
    return store.record(jobId, typeof facts === 'function' ? facts : () => facts, recording)
  }

  async function look(job: Job, signal?: AbortSignal): Promise<Fact[] | ((job: Job) => Fact[])> {
    const overdue = deadlineFacts(job)
    if (job.requestId === null) {
      if (overdue.length > 0) return overdue
      return job.submission === 'uncertain' ? deps.settleUncertain(job, signal) : []
    }
    if (isFinal(job.status) && job.nextPollAt === null) return []
    const ref = refOf(job, job.requestId)
    if (overdue.length > 0 || (job.cancelRequestedAt !== null && !isFinal(job.status))) {
      const answer = await fal.cancel(ref, signal)
      log.info({ jobId: job.id, answer: answer.type }, 'asked FAL to cancel')
      if (answer.type === 'removed' && overdue.length === 0) return [{ type: 'canceled' }]
      if (overdue.length > 0) return overdue
    }
    const logs = deps.logsByDefault
    const outcome = await fal.look(ref, { logs, ...(signal === undefined ? {} : { signal }) })
    if (outcome.type === 'unknown')
      log.warn({ jobId: job.id, reason: outcome.reason }, 'a look at FAL taught nothing')
    return (current) => factsOfOutcome(outcome, current, { now: clock.now(), actualCost: deps.actualCost })
  }

  function deadlineFacts(job: Job): Fact[] {
    if (job.deadlineAt === null || job.deadlineAt > clock.now() || isFinal(job.status)) return []
    const message = 'The job did not finish within its deadline.'
    return [{ type: 'failed', error: { code: 'DEADLINE', message, retryable: true } }]
  }
}

export function refOf(job: Job, requestId: string): RequestRef {
  const { endpointId, statusUrl, responseUrl, cancelUrl, falKeyRef } = job
  return { requestId, endpointId, statusUrl, responseUrl, cancelUrl, falKeyRef }
}
