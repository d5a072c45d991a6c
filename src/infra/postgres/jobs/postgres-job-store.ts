/** The store of jobs on PostgreSQL: every verb is one transaction, and whoever waits is told after its commit. */
import type { JobStore } from '../../../ports/job-store.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { createDeliveryReceiver } from '../inbox/receive-delivery.ts'
import { admitJobs, expediteOverdue } from './admit-jobs.ts'
import { eraseJob, recordObjectsErased } from './erase-job-row.ts'
import { earlierAnswer } from './persist-job.ts'
import { createJobCreator } from './persist-jobs-in-groups.ts'
import { placeOfJob } from './queue-place.ts'
import { createEventReader } from './read-events.ts'
import { headsOf, pollEarly } from './read-job-heads.ts'
import { createJobGetter, isIdenticalJobSending, knownRequests, listJobs } from './read-jobs.ts'
import { createFactRecorder } from './record-facts.ts'
import { sweepDueJobs } from './sweep-due.ts'
import { sweepOrphanedJobs } from './sweep-orphans.ts'

export function createJobStore(context: StoreContext): JobStore {
  return {
    create: createJobCreator(context),
    earlier: (clientId, idempotency) => earlierAnswer(context.db, clientId, idempotency),
    get: createJobGetter(context.db),
    list: (filter, page) => listJobs(context.db, filter, page),
    heads: (ids) => headsOf(context.db, ids),
    pollEarly: (ids, options) => pollEarly(context, ids, options),
    events: createEventReader(context.db),
    record: createFactRecorder(context),
    erase: (jobId, plan) => eraseJob(context, jobId, plan),
    objectsErased: (jobId, plan) => recordObjectsErased(context, jobId, plan),
    receive: createDeliveryReceiver(context),
    isIdenticalJobSending: (job) => isIdenticalJobSending(context.db, job),
    knownRequests: (requestIds) => knownRequests(context.db, requestIds),
    sweepDue: (limit) => sweepDueJobs(context, limit),
    sweepOrphans: (pageSize, options) => sweepOrphanedJobs(context, pageSize, options?.onlyFind ?? false),
    async admitJobs() {
      await expediteOverdue(context)
      return admitJobs(context, context.turns ?? { inAll: 0, perClient: 0 })
    },
    placeInQueue: (job) => placeOfJob(context.db, job, context.turns?.inAll ?? 0),
  }
}
