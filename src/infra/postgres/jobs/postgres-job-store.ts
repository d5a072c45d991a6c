/** The store of jobs on PostgreSQL: every verb is one transaction, and followers are notified after its commit. */
import type { CommittedChange, JobStore, Recorded } from '../../../ports/job-store.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { makeReceiveDelivery } from '../inbox/receive-delivery.ts'
import { admitJobs } from './admit-jobs.ts'
import { eraseJob, recordObjectsErased } from './erase-job-row.ts'
import { listJobs } from './list-jobs.ts'
import { earlierAnswer } from './persist-job.ts'
import { makePersistJob } from './persist-jobs-in-groups.ts'
import { placeOfJob } from './queue-place.ts'
import { makeReadEvents } from './read-events.ts'
import { headsOf } from './read-job-heads.ts'
import { fullInputOf, isIdenticalJobSending, knownRequests, makeGetJob, wholeResultOf } from './read-jobs.ts'
import { makeRecordFacts } from './record-facts.ts'
import { sweepOrphanedJobs } from './sweep-orphans.ts'

type Listener = (change: CommittedChange) => void

export function createJobStore(context: StoreContext): JobStore {
  const listeners: Listener[] = []
  const create = makePersistJob(context)
  const record = makeRecordFacts(context)
  const receive = makeReceiveDelivery(context)
  const notify: Listener = (change) => {
    for (const listener of listeners) listener(change)
  }
  const notified = (recorded: Recorded | null): Recorded | null => {
    if (recorded?.changed === true) notify({ ...recorded, type: 'changed' })
    return recorded
  }
  return {
    onCommitted: (listener) => void listeners.push(listener),
    async create(...given) {
      const answer = await create(...given)
      if (answer.type === 'created') notify(answer)
      return answer
    },
    earlier: (clientId, idempotency) => earlierAnswer(context.db, clientId, idempotency),
    get: makeGetJob(context.db),
    input: (id, hold) => fullInputOf(context.db, id, hold),
    result: (id) => wholeResultOf(context.db, id),
    list: (filter, page) => listJobs(context.db, filter, page),
    heads: (ids) => headsOf(context.db, ids),
    events: makeReadEvents(context.db),
    record: async (...given) => notified(await record(...given)),
    erase: async (jobId, plan) => notified(await eraseJob(context, jobId, plan)),
    objectsErased: async (jobId, plan) => notified(await recordObjectsErased(context, jobId, plan)),
    async receive(delivery, decide) {
      const begun = performance.now()
      const verdict = await receive(delivery, decide)
      if (verdict.type === 'applied' && verdict.changed)
        notify({
          ...verdict,
          type: 'changed',
          delivery: { requestId: delivery.requestId, tookMs: performance.now() - begun },
        })
      return verdict
    },
    isIdenticalJobSending: (job) => isIdenticalJobSending(context.db, job),
    knownRequests: (requestIds) => knownRequests(context.db, requestIds),
    sweepOrphans: (pageSize, options) => sweepOrphanedJobs(context, pageSize, options?.onlyFind ?? false),
    async admitJobs() {
      const admitted = await admitJobs(context, context.slots ?? { inAll: 0, perClient: 0 })
      for (const { job, events } of admitted) notify({ type: 'changed', job, events })
      return admitted.length
    },
    placeInQueue: (job) => placeOfJob(context.db, job, context.slots?.inAll ?? 0),
  }
}
