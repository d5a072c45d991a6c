/**
 * Erases a final job: its content in the database at once, then archive objects and FAL's copies, by a task that
 * repeats until they are gone. What remains is a tombstone that no late webhook can bring back to life.
 */

import type { Client } from '../../domain/client.ts'
import type { Job } from '../../domain/job.ts'
import { isFinal } from '../../domain/job.ts'
import { keysOf } from '../../domain/media/archive-keys.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import type { Fal } from '../../ports/fal.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { Task } from '../../ports/tasks.ts'
import { type FindJob, jobNotFound, notFinal } from '../read/find-job.ts'
import type { JobView } from '../read/job-view.ts'

export interface EraseJobDeps {
  findJob: FindJob
  store: Pick<JobStore, 'get' | 'record' | 'erase'>
  archive: Pick<ArchiveStore, 'delete'>
  fal: Pick<Fal, 'erase'>
  view: (job: Job) => JobView
  log: Logger
}

/** Repeating it is fine. @throws AppError NOT_FOUND, JOB_NOT_FINAL. */
export type EraseJob = (client: Client, id: string) => Promise<void>

/** FAL's payloads are erased as far as FAL lets us: after so many failures the rest of the work is not held up. */
const falTries = 8

export function makeEraseJob(deps: EraseJobDeps): EraseJob {
  const { findJob, store, archive, log } = deps

  return async function eraseJob(client, id) {
    const job = await findJob(client, id)
    if (!isFinal(job.status)) throw notFinal(job, 'Cancel it first, then erase it.')
    if (job.erasedAt !== null) return
    const erased = await store.erase(job.id, {
      keysOf,
      answerOf: (tombstone) => JSON.stringify(deps.view(tombstone)),
    })
    // Somebody else erased it, or it is no longer what it was: look again.
    if (erased === null) {
      const now = await store.get(job.id)
      if (now === null) throw jobNotFound()
      if (now.erasedAt === null) throw notFinal(now, 'Cancel it first, then erase it.')
      return
    }
    // The caller may expect the files to be gone when we answer; the task does it for sure.
    await archive.delete(erased.job.erasing?.keys ?? []).catch((error: unknown) => {
      log.warn({ err: error, jobId: job.id }, 'archived files could not be removed at once: the task will')
    })
  }
}

/** The task behind it: removes what lies outside the database, and comes back once when something may still arrive. */
export function makeEraseRest(deps: Pick<EraseJobDeps, 'store' | 'archive' | 'fal' | 'log'>) {
  const { store, archive, fal, log } = deps

  return async function eraseRest(task: Task): Promise<void> {
    const job = await store.get(task.subject)
    if (job?.erasing != null) {
      await archive.delete(job.erasing.keys)
      if (job.requestId !== null) await eraseAtFal(job.id, job.requestId, job.falKeyRef, task)
    }
    await store.record(task.subject, () => [{ type: 'erase_passed' }], { source: 'system', closing: task })
  }

  async function eraseAtFal(jobId: string, requestId: string, falKeyRef: string | null, task: Task) {
    const answer = await fal.erase({ requestId, falKeyRef }, task.signal)
    if (answer.type === 'erased') return
    log.warn({ jobId, reason: answer.reason }, "FAL's copies of an erased job were not removed")
    if (answer.type === 'unknown' && task.retryCount < falTries) throw new Error(answer.reason)
  }
}
