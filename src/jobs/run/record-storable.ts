/**
 * Records facts of FAL's answers. Invariant: an answer that cannot be stored does not fail its job's task again and
 * again; the completion is replaced by a fact without content.
 */
import type { Fact } from '../../domain/facts.ts'
import { isUnstorable } from '../../ports/database-trouble.ts'
import type { Decide, JobStore, Recorded, RecordOptions } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'

export interface RecordStorableDeps {
  store: Pick<JobStore, 'record'>
  log: Pick<Logger, 'error'>
}

/** Records what `decide` says; if it cannot be stored, `instead` takes the place of a completion. */
export async function recordStorable(
  { store, log }: RecordStorableDeps,
  [jobId, decide, options]: [jobId: string, decide: Decide, options: RecordOptions],
  instead: Fact,
): Promise<Recorded | null> {
  try {
    return await store.record(jobId, decide, options)
  } catch (error) {
    if (!isUnstorable(error)) throw error
    log.error({ err: error, jobId }, unstorableText)
    return store.record(jobId, (job, waiting) => decide(job, waiting).map(without(instead)), options)
  }
}

export const unstorableText = "FAL's answer for a job cannot be stored"

/** The fact, or `instead` for a completion. */
export const without =
  (instead: Fact) =>
  (fact: Fact): Fact =>
    fact.type === 'completed' ? instead : fact

/** The poll will read the queue's answer and decide. */
export const readAgain: Fact = { type: 'result_awaited', reason: 'doubtful' }
