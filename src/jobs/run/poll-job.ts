/**
 * Polls FAL for a job whose outcome has not arrived: reads, maps, records. Invariant: a failed poll never decides a
 * job.
 */
import { createHolder } from '../../concurrency/memory-budget.ts'
import type { Fact } from '../../domain/facts.ts'
import { isFinal, isFinalEvent, type Job } from '../../domain/job.ts'
import { factsOfOutcome } from '../../domain/outcome/facts-of-outcome.ts'
import { unreadableResult } from '../../domain/outcome/outcome.ts'
import { slowFromSeconds } from '../../domain/outcome/progress.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Fal, RequestRef } from '../../ports/fal.ts'
import type { Decide, JobStore, Recorded } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import { copiesInMemory, type Hold, type MemoryBudget } from '../../ports/memory-budget.ts'
import type { Task } from '../../ports/tasks.ts'
import { factsOfDelivery } from './receive-webhook.ts'
import { recordStorable } from './record-storable.ts'
import type { RuleCost } from './rule-cost.ts'
import type { SettleUncertain } from './settle-uncertain.ts'

export interface PollJobDeps {
  store: Pick<JobStore, 'get' | 'record'>
  fal: Pick<Fal, 'poll' | 'cancel'>
  settleUncertain: SettleUncertain
  memory: MemoryBudget
  clock: Clock
  ruleCost: RuleCost
  log: Logger
  logsByDefault: boolean
}

/** The outcome of a poll, as a word for logs and metrics. */
export type PollJob = (
  jobId: string,
  options: { closing?: Task; signal?: AbortSignal },
) => Promise<Recorded | null>

export function makePollJob(deps: PollJobDeps): PollJob {
  const { store, fal, clock, log } = deps

  return async function pollJob(jobId, { closing, signal }) {
    const recording = { source: 'poll' as const, ...(closing === undefined ? {} : { closing }) }
    const job = await store.get(jobId)
    if (job === null) return store.record(jobId, () => [], recording)
    const timeout = withPollTimeout(signal)
    // A result stays in memory until it is recorded.
    const holder = createHolder(deps.memory, { withinMs: pollTimeoutMs, signal: timeout })
    const hold: Hold = (bytes) => holder.hold(bytes * copiesInMemory)
    const looking = askFal(job, { signal: timeout, hold }).then(({ decide, found }) => {
      const options = { ...recording, ...(found === undefined ? {} : { joinRequestId: found }) }
      return recordStorable(deps, [jobId, decide, options], unstorable)
    })
    const recorded = await looking.finally(holder.release)
    const end = recorded?.events.find(({ type }) => isFinalEvent(type))
    if (recorded !== null && end !== undefined) {
      const { status, error, requestId } = recorded.job
      log.info(
        { jobId, outcome: status, source: end.source, code: error?.code, falRequestId: requestId },
        'poll settled a job',
      )
    }
    return recorded
  }

  async function askFal(job: Job, options: { signal: AbortSignal; hold: Hold }): Promise<Polled> {
    const { signal } = options
    if (job.requestId === null) return findRequest(job, options)
    if (isFinal(job.status) && job.nextPollAt === null) return { decide: () => [] }
    const ref = refOf(job, job.requestId)
    const overdue = deadlineFacts(job)
    if (overdue.length > 0 || isUnwanted(job)) {
      const answer = await fal.cancel(ref, signal)
      log.info({ jobId: job.id, answer: answer.type }, 'asked FAL to cancel')
      if (overdue.length > 0) return { decide: () => overdue }
      if (answer.type === 'removed') return { decide: () => [{ type: 'canceled' }] }
    }
    // The logs of a slow job may contain its progress.
    const logs = deps.logsByDefault || (job.expectedSeconds ?? 0) > slowFromSeconds
    const outcome = await fal.poll(ref, { logs, ...options })
    if (outcome.type === 'unknown')
      log.warn({ jobId: job.id, reason: outcome.reason }, 'poll of FAL failed; will retry')
    if (outcome.type === 'finished' && outcome.trouble !== undefined)
      log.warn({ jobId: job.id, reason: outcome.trouble }, 'FAL finished, but its result cannot be had yet')
    return {
      decide: (current) => factsOfOutcome(outcome, current, { now: clock.now(), ruleCost: deps.ruleCost }),
    }
  }

  /** The request id is not known, or not yet. */
  async function findRequest(job: Job, options: { signal: AbortSignal; hold: Hold }): Promise<Polled> {
    const overdue = deadlineFacts(job)
    if (overdue.length > 0) return { decide: (current) => (current.requestId === null ? overdue : []) }
    if (job.submission !== 'uncertain') return { decide: () => [] }
    const settled = await deps.settleUncertain(job, options)
    return {
      // While FAL's list was read, a webhook or the sender may have recorded the request.
      decide: (current, waiting) =>
        current.submission === 'uncertain' && current.submitRun === job.submitRun
          ? [
              ...settled.facts,
              ...waiting.flatMap((delivery) =>
                factsOfDelivery(delivery, current, { now: clock.now(), ruleCost: deps.ruleCost }),
              ),
            ]
          : [],
      ...(settled.requestId === null ? {} : { found: settled.requestId }),
    }
  }

  function deadlineFacts(job: Job): Fact[] {
    if (job.deadlineAt === null || job.deadlineAt > clock.now() || isFinal(job.status)) return []
    const message = 'The job did not finish within its deadline.'
    return [{ type: 'failed', error: { code: 'DEADLINE', message, retryable: true } }]
  }
}

interface Polled {
  decide: Decide
  /** The request id that was found: unmatched deliveries for it are applied. */
  found?: string
}

/** The result is no longer wanted: the client canceled or erased the job, or its deadline has passed. */
const isUnwanted = (job: Job): boolean =>
  isFinal(job.status)
    ? job.error?.code === 'DEADLINE' || job.erasedAt !== null
    : job.cancelRequestedAt !== null

const unstorable: Fact = {
  type: 'failed',
  error: unreadableResult('the database refuses it'),
  rendered: true,
}

/** Bounds one poll, so that a hanging call does not block a worker for minutes; the timer repeats it. */
const pollTimeoutMs = 60_000

function withPollTimeout(signal: AbortSignal | undefined): AbortSignal {
  const timeout = AbortSignal.timeout(pollTimeoutMs)
  return signal === undefined ? timeout : AbortSignal.any([signal, timeout])
}

export function refOf(job: Job, requestId: string): RequestRef {
  const { endpointId, statusUrl, responseUrl, cancelUrl, falKeyRef } = job
  return { requestId, endpointId, statusUrl, responseUrl, cancelUrl, falKeyRef }
}
