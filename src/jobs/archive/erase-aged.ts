/**
 * Applies retention: erases files, contents and whole jobs that are older than their client keeps them. Safe to
 * repeat after an interruption.
 */

import type { Job } from '../../domain/job.ts'
import { foldersOf, keysOf, manifestKey } from '../../domain/media/archive-keys.ts'
import type { ArchiveStore } from '../../ports/archive-store.ts'
import type { JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { RetentionStore } from '../../ports/maintenance/retention.ts'

export interface RetentionDeps {
  retention: RetentionStore
  store: Pick<JobStore, 'record' | 'erase'>
  archive: Pick<ArchiveStore, 'delete'>
  /** The answer to a replayed create once its job is a tombstone. */
  answerOf: (tombstone: Job) => string
  log: Pick<Logger, 'info' | 'error'>
}

/** Number of jobs of which something was erased. */
export interface Erased {
  media: number
  content: number
  job: number
}

const batch = 200

export function makeEraseAged({ retention, store, archive, answerOf, log }: RetentionDeps) {
  return async function eraseAged(signal?: AbortSignal): Promise<Erased> {
    const erased: Erased = {
      job: await each('job', eraseJob),
      media: await each('media', eraseMedia),
      content: await each('content', eraseContent),
    }
    if (erased.job + erased.media + erased.content > 0) log.info({ ...erased }, 'erased by age')
    return erased

    async function each(what: keyof Erased, erase: (job: Job) => Promise<boolean>): Promise<number> {
      let count = 0
      for (;;) {
        const jobs = await retention.aged(what, batch)
        let changed = 0
        for (const job of jobs) {
          if (signal?.aborted) return count
          if (await tried(what, job, erase)) changed += 1
        }
        count += changed
        // Stop after a round without progress: the next would find the same jobs.
        if (jobs.length < batch || changed === 0) return count
      }
    }
  }

  /** A job that cannot be erased now does not block the others. */
  async function tried(
    what: keyof Erased,
    job: Job,
    erase: (job: Job) => Promise<boolean>,
  ): Promise<boolean> {
    try {
      return await erase(job)
    } catch (error) {
      log.error({ err: error, jobId: job.id, what }, 'erasure by age failed; will retry')
      return false
    }
  }

  /** The erase task, which every erasure schedules, deletes the objects. */
  async function eraseJob(job: Job): Promise<boolean> {
    return (await store.erase(job.id, { keysOf, answerOf })) !== null
  }

  /** Delete the objects first: a crash in between leaves a job that is found again, not objects without a job. */
  async function eraseMedia(job: Job): Promise<boolean> {
    await archive.delete(keysOf(job), { below: foldersOf(job) })
    const recorded = await store.record(job.id, () => [{ type: 'media_erased' }], { source: 'system' })
    return recorded?.changed === true
  }

  async function eraseContent(job: Job): Promise<boolean> {
    await archive.delete([manifestKey(job)])
    return await retention.eraseContent(job.id)
  }
}
