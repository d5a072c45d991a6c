/**
 * Changes jobs: row locks, facts decided on the current state, transition and closing of the task in one transaction.
 * Concurrent changes of different jobs share it; a change whose row is locked waits alone.
 */
import type { Job } from '../../../domain/job.ts'
import { type Change, foldFacts } from '../../../domain/transition/fold.ts'
import type { Decide, JobStore, Recorded, RecordOptions, WaitingDelivery } from '../../../ports/job-store.ts'
import type { Task } from '../../../ports/tasks.ts'
import { createGroupCommit, type GroupCommit } from '../connection/group-commit.ts'
import { inSharedTransaction } from '../connection/shared-transaction.ts'
import { announce, type StoreContext, transitionContext } from '../connection/store-context.ts'
import { plain, type Trx, together } from '../connection/transaction.ts'
import { lockRequests, takeWaiting } from '../inbox/unmatched-deliveries.ts'
import { lockJobs } from '../transition/lock-jobs.ts'
import { type Written, writeChanges } from '../transition/write-changes.ts'

interface Item {
  jobId: string
  decide: Decide
  options: RecordOptions
}

export function createFactRecorder(context: StoreContext): JobStore['record'] {
  const keyOf = ({ jobId }: Item) => jobId
  /**
   * Waits for locked rows, up to the lock timeout: the lock may last a moment or as long as an operator's session.
   */
  const wait = createGroupCommit<Item, Recorded | null>({
    write: (items) => recordTogether(context, items, null),
    keyOf,
    itemsAtMost: 1,
    lanes: 4,
  })
  const share = createGroupCommit<Item, Recorded | null>({
    write: (items) => recordTogether(context, items, wait),
    keyOf,
    itemsAtMost: 64,
    lanes: 4,
  })
  return (jobId, decide, options) => share({ jobId, decide, options })
}

/** Locked rows are left to `others`; null: wait for them. */
async function recordTogether(
  context: StoreContext,
  items: readonly Item[],
  others: GroupCommit<Item, Recorded | null> | null,
): Promise<(Recorded | null | Promise<Recorded | null>)[]> {
  const lockTimeout = items.length > 1 ? 'brief' : 'usual'
  const entries = await inSharedTransaction(context.db, async (trx) => {
    const joins = items.flatMap(({ jobId, options }) =>
      options.joinRequestId === undefined ? [] : [{ jobId, requestId: options.joinRequestId }],
    )
    // Lock request ids before rows, like a delivery does: the opposite order would deadlock.
    const requestIds = joins.map(({ requestId }) => requestId)
    const jobIds = items.map(({ jobId }) => jobId)
    const [, jobs] = await together(
      lockRequests(trx, requestIds, lockTimeout),
      lockJobs(trx, jobIds, { lockTimeout, skipLocked: others !== null }),
    )
    // A missing row is locked or does not exist: the retry alone will show which.
    const ours = others === null ? items : items.filter(({ jobId }) => jobs.has(jobId))
    const waiting = await takeWaiting(
      trx,
      joins.filter(({ jobId }) => jobs.has(jobId)),
    )
    const decided = ours.flatMap((item) => {
      const job = jobs.get(item.jobId)
      return job === undefined ? [] : [{ item, job, change: changeOf(context, item, job, waiting) }]
    })
    const changes = decided.flatMap(({ change }) => change ?? [])
    const closing = ours.flatMap(({ options }) => options.closing ?? [])
    const [written] = await together(writeChanges(trx, context, changes), closeTasks(context, trx, closing))
    const writtenOf = new Map(changes.map((change, index) => [change, written[index] ?? null]))
    return new Map(
      decided.map(({ item, job, change }) => [
        item,
        { job, written: change === null ? null : (writtenOf.get(change) ?? null) },
      ]),
    )
  })
  return items.map((item) => {
    const entry = entries.get(item)
    if (entry !== undefined) return answerOf(context, entry.job, entry.written)
    return others === null ? null : others(item)
  })
}

function changeOf(
  context: StoreContext,
  { jobId, decide, options }: Item,
  job: Job,
  waiting: ReadonlyMap<string, WaitingDelivery[]>,
): Change | null {
  const facts = decide(job, waiting.get(jobId) ?? [])
  return foldFacts(job, facts, transitionContext(context, options.source))
}

function answerOf(context: StoreContext, before: Job, written: Written | null): Recorded {
  if (written === null) return { job: before, changed: false, events: [] }
  announce(context, before.id, written.queues)
  const { job, events, unreservedMicros } = written
  return { job, changed: true, events, unreservedMicros }
}

async function closeTasks(context: StoreContext, trx: Trx, tasks: readonly Task[]): Promise<void> {
  if (tasks.length > 0) await context.scheduler.close(plain(trx), tasks)
}
