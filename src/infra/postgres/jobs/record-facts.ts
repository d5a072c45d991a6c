/**
 * Changes jobs: row locks, facts decided on the current state, transition and closing of the task in one transaction.
 * Concurrent changes of different jobs share it; a change whose row is locked waits outside the lanes.
 */
import type { Job } from '../../../domain/job.ts'
import { type Change, foldFacts } from '../../../domain/transition/fold.ts'
import type { Decide, JobStore, Recorded, RecordOptions, WaitingDelivery } from '../../../ports/job-store.ts'
import type { Task } from '../../../ports/tasks.ts'
import { makeGroupCommit } from '../connection/group-commit.ts'
import { type LockedRow, RowHeldError } from '../connection/lock-waits.ts'
import { inSharedTransaction, RolledBack } from '../connection/shared-transaction.ts'
import { announce, type StoreContext, transitionContext } from '../connection/store-context.ts'
import { type LockTimeout, plain, type Trx, together } from '../connection/transaction.ts'
import { lockRequests, takeWaiting } from '../inbox/unmatched-deliveries.ts'
import { clientOfJob, lockJobs } from '../transition/lock-jobs.ts'
import { moneyNeededBy, type Written, writeChanges } from '../transition/write-changes.ts'

interface Item {
  jobId: string
  decide: Decide
  options: RecordOptions
  /** The money rows that its change needed when it was last tried. */
  money?: LockedRow | null
}

export function makeRecordFacts(context: StoreContext): JobStore['record'] {
  const share = makeGroupCommit<Item, Recorded | null>({
    write: (items) => recordTogether(context, items, 'shared'),
    writeLater: (item) => recordAlone(context, item),
    mayWait: ({ money }) => money != null,
    keyOf: ({ jobId }) => jobId,
    itemsAtMost: 64,
    lanes: 4,
  })
  return function recordFacts(jobId, decide, options) {
    return share({ jobId, decide, options })
  }
}

/**
 * Waits for the rows that may be locked, up to the lock timeout: those of its client's money, or the job's. The lock may
 * last a moment or as long as an operator's session.
 */
async function recordAlone(context: StoreContext, item: Item): Promise<Recorded | null> {
  const locked = item.money ?? (await lockOfJob(context, item.jobId))
  if (locked === null) return null
  const [recorded = null] = await context.waits.wait(locked, (lockTimeout) =>
    recordTogether(context, [item], lockTimeout).catch((error: unknown) => {
      throw error instanceof RolledBack ? error.cause : error
    }),
  )
  return recorded
}

async function lockOfJob({ db }: StoreContext, jobId: string): Promise<LockedRow | null> {
  const clientId = await clientOfJob(db, jobId)
  return clientId === null ? null : { row: jobId, clientId }
}

/** `shared`: locked rows are skipped and left to `recordAlone`, as is what needs a contended account. */
async function recordTogether(
  context: StoreContext,
  items: readonly Item[],
  mode: 'shared' | LockTimeout,
): Promise<(Recorded | null | Promise<Recorded | null>)[]> {
  const skipLocked = mode === 'shared'
  const lockTimeout = mode === 'usual' ? 'usual' : 'brief'
  const entries = await inSharedTransaction(context.db, async (trx) => {
    const joins = items.flatMap(({ jobId, options }) =>
      options.joinRequestId === undefined ? [] : [{ jobId, requestId: options.joinRequestId }],
    )
    // Lock request ids before rows, like a delivery does: the opposite order would deadlock.
    const requestIds = joins.map(({ requestId }) => requestId)
    const jobIds = items.map(({ jobId }) => jobId)
    const [, jobs] = await together(
      lockRequests(trx, requestIds, lockTimeout),
      lockJobs(trx, jobIds, { lockTimeout, skipLocked }),
    )
    // A missing row is locked or does not exist: `recordAlone` finds out which.
    const ours = skipLocked ? items.filter(({ jobId }) => jobs.has(jobId)) : items
    const waiting = await takeWaiting(
      trx,
      joins.filter(({ jobId }) => jobs.has(jobId)),
    )
    const decided = ours.flatMap((item) => {
      const job = jobs.get(item.jobId)
      return job === undefined ? [] : [{ item, job, change: changeOf(context, item, job, waiting) }]
    })
    for (const { item, change } of decided) item.money = moneyNeededBy(change)
    const isHeld = ({ item: { money } }: { item: Item }): boolean =>
      skipLocked && money != null && context.waits.isContended(money.row)
    const held = decided.filter(isHeld)
    // A delivery that was taken for an item is taken back only with the whole transaction.
    const taking = held.find(({ item }) => item.options.joinRequestId !== undefined)
    if (taking !== undefined) throw new RowHeldError(taking.job.id)
    const writing = decided.filter((one) => !held.includes(one))
    const changes = writing.flatMap(({ change }) => change ?? [])
    const closing = writing.flatMap(({ item }) => item.options.closing ?? [])
    const [written] = await together(writeChanges(trx, context, changes), closeTasks(context, trx, closing))
    const writtenOf = new Map(changes.map((change, index) => [change, written[index] ?? null]))
    const answers = new Map<Item, () => Recorded | Promise<Recorded | null>>()
    for (const { item } of held) answers.set(item, () => recordAlone(context, item))
    for (const { item, job, change } of writing) {
      const ofChange = change === null ? null : (writtenOf.get(change) ?? null)
      answers.set(item, () => answerOf(context, job, ofChange))
    }
    return answers
  })
  return items.map((item) => {
    const answer = entries.get(item)
    if (answer !== undefined) return answer()
    return skipLocked ? recordAlone(context, item) : null
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
