/**
 * Recovers orphaned work: re-enqueues jobs whose task was lost, marks submits whose process is gone as uncertain, and
 * applies unmatched deliveries. A job whose recovery fails is logged and does not block the others.
 */
import type { Fact } from '../../domain/facts.ts'
import type { Job } from '../../domain/job.ts'
import type { Clock } from '../../ports/clock.ts'
import type { JobStore, WaitingDelivery } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import { factsOfDelivery } from '../run/receive-webhook.ts'
import { readAgain, recordStorable } from '../run/record-storable.ts'
import type { RuleCost } from '../run/rule-cost.ts'

export interface RecoverWorkDeps {
  store: Pick<JobStore, 'sweepOrphans' | 'record'>
  clock: Clock
  ruleCost: RuleCost
  log: Pick<Logger, 'warn' | 'error'>
}

/**
 * Resolves to the number of orphaned jobs; in normal operation 0. When aborted, it leaves the rest to the next sweep.
 */
export type RecoverWork = (signal?: AbortSignal) => Promise<number>

/** Large, because each page costs one pass over all waiting tasks. */
export const orphanPageSize = 20_000
/**
 * When the database is unavailable, every job fails slowly: the sweep then ends and is repeated. One poison row costs
 * little time.
 */
const failingAtMostMs = 60_000
const lostSender = 'The process that was sending it is gone, and no task is left.'

export function makeRecoverWork({ store, clock, ruleCost, log }: RecoverWorkDeps): RecoverWork {
  return async function recoverWork(signal) {
    let failingMs = 0
    const helped = async (jobId: string, help: () => Promise<unknown>): Promise<void> => {
      if (signal?.aborted === true) return
      const begun = performance.now()
      try {
        await help()
      } catch (error) {
        log.error({ err: error, jobId }, 'recovering an orphaned job failed; the next sweep will retry')
        failingMs += performance.now() - begun
        if (failingMs > failingAtMostMs) throw error
      }
    }
    const { scheduled, callbacks, interrupted, unmatched } = await store.sweepOrphans(orphanPageSize)
    for (const jobId of interrupted) {
      await helped(jobId, () => store.record(jobId, uncertain, { source: 'system' }))
    }
    for (const { jobId, requestId } of unmatched) {
      const decide = (job: Job, waiting: readonly WaitingDelivery[]) =>
        waiting.flatMap((delivery) => factsOfDelivery(delivery, job, { now: clock.now(), ruleCost }))
      const options = { source: 'webhook' as const, joinRequestId: requestId }
      await helped(jobId, () => recordStorable({ store, log }, [jobId, decide, options], readAgain))
    }
    const found = scheduled.length + callbacks + interrupted.length + unmatched.length
    if (found > 0) {
      const counts = {
        scheduled: scheduled.length,
        callbacks,
        interrupted: interrupted.length,
        unmatched: unmatched.length,
      }
      log.warn(counts, 'orphaned work recovered')
    }
    return found
  }
}

const uncertain = (job: Job): Fact[] =>
  job.submitRun === null ? [] : [{ type: 'submit_uncertain', run: job.submitRun, reason: lostSender }]
