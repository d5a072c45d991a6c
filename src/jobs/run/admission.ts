/**
 * Admits queued jobs as FAL slots free up. Active only where FAL_MAX_IN_FLIGHT is set; otherwise only a rare sweep
 * runs, for jobs that an earlier limit left in the queue.
 */

import { createIntervalLoop, type IntervalLoop } from '../../concurrency/interval-loop.ts'
import { isFinal } from '../../domain/job.ts'
import type { JobSchedule } from '../../ports/job-schedule.ts'
import type { CommittedChange, JobStore } from '../../ports/job-store.ts'
import type { Logger } from '../../ports/logger.ts'
import type { FindJob } from '../read/find-job.ts'

export interface AdmissionDeps {
  store: Pick<JobStore, 'admitJobs'>
  schedule: Pick<JobSchedule, 'pollOverdue'>
  log: Logger
  /** Whether new jobs wait for a slot. */
  limited: boolean
}

/**
 * A wake-up says that a job was created or a slot was freed; the interval loop covers slots that another process
 * freed.
 */
const pollEveryMs = { limited: 1_000, unlimited: 30_000 }

export function createAdmission({ store, schedule, log, limited }: AdmissionDeps): IntervalLoop {
  return createIntervalLoop({
    everyMs: limited ? pollEveryMs.limited : pollEveryMs.unlimited,
    atStart: true,
    async runOnce() {
      await schedule.pollOverdue()
      await store.admitJobs()
    },
    failed: 'admitting queued jobs failed; will retry',
    log,
  })
}

/** Whether a job now waits for a slot, or may have freed one. */
export const callsForAdmission = ({ type, job }: CommittedChange): boolean =>
  type === 'created' || isFinal(job.status)

/** A queued job shows the number of jobs ahead of it; a job at FAL shows FAL's own position. */
export function findWithPlace(findJob: FindJob, store: Pick<JobStore, 'placeInQueue'>): FindJob {
  return async (client, id) => {
    const job = await findJob(client, id)
    if (job.turn !== 'waiting' || isFinal(job.status)) return job
    return { ...job, queuePosition: await store.placeInQueue(job) }
  }
}
