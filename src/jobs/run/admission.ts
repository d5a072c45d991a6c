/**
 * Keeps the places at FAL filled: whenever a job comes or a place becomes free, the next ones in line are let in. Only
 * where FAL_MAX_IN_FLIGHT is set; without it nothing here runs but a rare look for jobs left in line by an earlier limit.
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
  /** Whether new jobs stand in line. */
  limited: boolean
}

/** A nudge says that a job came or a place became free; the rounds cover what another process freed and did not see to. */
const pollEveryMs = { limited: 1_000, unlimited: 30_000 }

export function createAdmission({ store, schedule, log, limited }: AdmissionDeps): IntervalLoop {
  return createIntervalLoop({
    everyMs: limited ? pollEveryMs.limited : pollEveryMs.unlimited,
    atStart: true,
    async runOnce() {
      await schedule.pollOverdue()
      await store.admitJobs()
    },
    failed: 'nobody could be let in; the next look tries again',
    log,
  })
}

/** Whether a job came that waits for a place, or one may have left its place. */
export const callsForAdmission = ({ type, job }: CommittedChange): boolean =>
  type === 'created' || isFinal(job.status)

/** A job that waits in line shows how many are before it; one at FAL shows FAL's own word. */
export function findWithPlace(findJob: FindJob, store: Pick<JobStore, 'placeInQueue'>): FindJob {
  return async (client, id) => {
    const job = await findJob(client, id)
    if (job.turn !== 'waiting' || isFinal(job.status)) return job
    return { ...job, queuePosition: await store.placeInQueue(job) }
  }
}
