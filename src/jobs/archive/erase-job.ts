/**
 * Erases a final job: its content in the database at once, then archive objects and FAL's copies, by a task that
 * repeats until they are gone. What remains is a tombstone that no late webhook can bring back to life. The job is
 * reported as erased only once its objects are gone; until then it says how many are left, and why.
 */

import { settleWithin } from '../../concurrency/timeouts.ts'
import { ObjectsLeftError } from '../../domain/archive-error.ts'
import { backoffSeconds } from '../../domain/backoff.ts'
import type { Client } from '../../domain/client.ts'
import type { Fact } from '../../domain/facts.ts'
import { hasObjectsLeft, isFinal, type Job } from '../../domain/job.ts'
import { foldersOf, keysOf } from '../../domain/media/archive-keys.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import type { Fal } from '../../ports/fal.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Random } from '../../ports/random.ts'
import type { Task } from '../../ports/tasks.ts'
import { type FindJob, jobNotFound, notFinal } from '../read/find-job.ts'
import type { JobView } from '../read/job-view.ts'

export interface EraseJobDeps {
  findJob: FindJob
  store: Pick<JobStore, 'get' | 'record' | 'erase' | 'objectsErased'>
  archive: Pick<ArchiveStore, 'delete'>
  fal: Pick<Fal, 'erase'>
  view: (job: Job) => JobView
  log: Logger
}

/**
 * The tombstone; `hasObjectsLeft` says whether the task still has objects to delete. Idempotent. @throws AppError
 * NOT_FOUND, JOB_NOT_FINAL.
 */
export type EraseJob = (client: Client, id: string) => Promise<Job>

/** FAL's payloads are erased as far as FAL permits: after this many failures the erasure goes on without them. */
const falTries = 8
const retry = { first: 5, max: 3600 }
/** The client waits for its answer this long; the task deletes what a slow bucket has not deleted by then. */
const atOnceMs = 15_000

export function makeEraseJob(deps: EraseJobDeps): EraseJob {
  const { findJob, store, log } = deps

  return async function eraseJob(client, id) {
    const found = await findJob(client, id)
    const job = found.erasedAt === null ? await leaveTombstone(found) : found
    if (!hasObjectsLeft(job)) return job
    // Try at once, since callers expect the files to be gone with the answer; the task guarantees it.
    const removal = removeObjects(deps, job).then(async (failed) => {
      if (failed === null) return
      log.warn(
        { jobId: id, reason: failed.reason },
        'archived files could not be removed at once: the task will',
      )
      await store.record(id, () => [{ ...failed, retryInSeconds: null }], { source: 'api' })
    })
    await settleWithin(removal, atOnceMs)
    // The deletion may still be running; then the task finishes it.
    removal.catch((error: unknown) => log.warn({ err: error, jobId: id }, 'an erasure could not be recorded'))
    return (await store.get(id)) ?? job
  }

  async function leaveTombstone(job: Job): Promise<Job> {
    if (!isFinal(job.status)) throw notFinal(job, 'Cancel it first, then erase it.')
    const erased = await store.erase(job.id, { keysOf, answerOf: answerOf(deps) })
    if (erased !== null) return erased.job
    // A concurrent request erased or changed it: read it again.
    const now = await store.get(job.id)
    if (now === null) throw jobNotFound()
    if (now.erasedAt === null) throw notFinal(now, 'Cancel it first, then erase it.')
    return now
  }
}

/**
 * The erase task: deletes what lies outside the database, and runs once more when a copy or result may still arrive.
 */
export function makeEraseRest(
  deps: Pick<EraseJobDeps, 'store' | 'archive' | 'fal' | 'view' | 'log'> & {
    settleCost: (jobId: string, signal: AbortSignal) => Promise<unknown>
    random: Random
  },
) {
  const { store, fal, log } = deps

  return async function eraseRest(task: Task): Promise<void> {
    const job = await store.get(task.subject)
    const closed = { source: 'system' as const, closing: task }
    if (job?.erasing == null) {
      await store.record(task.subject, () => [], closed)
      return
    }
    const failed = await removeObjects(deps, job)
    const falTrouble = await eraseAtFal(job, task)
    if (failed !== null) {
      const failures = (job.erasing.failures ?? 0) + 1
      const retryInSeconds = backoffSeconds(failures, retry, deps.random())
      log.warn({ jobId: job.id, reason: failed.reason, failures }, 'archived files could not be removed')
      await store.record(job.id, () => [{ ...failed, retryInSeconds }], closed)
      return
    }
    if (falTrouble !== null && task.retryCount < falTries) throw new Error(falTrouble)
    await store.record(job.id, () => [{ type: 'erase_passed' }], closed)
  }

  /** Resolves to the reason for a retry; null when none is needed, also when FAL refuses for good. */
  async function eraseAtFal({ id: jobId, requestId, falKeyRef, openAtFal, settleAt }: Job, task: Task) {
    // Without its payloads FAL could not say how the request ended: the change that records its end schedules this again.
    if (requestId === null || openAtFal) return null
    // FAL could not report its bill afterwards either.
    if (settleAt !== null) await deps.settleCost(jobId, task.signal)
    const answer = await fal.erase({ requestId, falKeyRef }, task.signal)
    if (answer.type === 'erased') return null
    log.warn({ jobId, reason: answer.reason }, "FAL's copies of an erased job were not removed")
    return answer.type === 'unknown' ? answer.reason : null
  }
}

/** Resolves to what to record when objects are left; null when they are gone, which is recorded here. */
async function removeObjects(
  { store, archive, view }: Pick<EraseJobDeps, 'store' | 'archive' | 'view'>,
  job: Job,
): Promise<Omit<Extract<Fact, { type: 'erase_failed' }>, 'retryInSeconds'> | null> {
  try {
    await archive.delete(job.erasing?.keys ?? [], { below: foldersOf(job) })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { type: 'erase_failed', reason, left: error instanceof ObjectsLeftError ? error.left : null }
  }
  await store.objectsErased(job.id, { answerOf: answerOf({ view }) })
  return null
}

/** The answer to a replayed create. */
const answerOf =
  ({ view }: Pick<EraseJobDeps, 'view'>) =>
  (tombstone: Job): string =>
    JSON.stringify(view(tombstone))
