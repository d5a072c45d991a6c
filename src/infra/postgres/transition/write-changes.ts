/**
 * Writes changes of jobs inside the caller's transaction: rows by compare-and-set, events, tasks, callbacks, money.
 * Invariant: status, history and money of a job change only here, together with their event and follow-up work.
 */
import { v5 as uuidFrom } from 'uuid'
import { callbackMessages } from '../../../domain/callbacks/callback-message.ts'
import type { EventDraft, TaskDraft } from '../../../domain/facts.ts'
import type { Job } from '../../../domain/job.ts'
import { monthChange } from '../../../domain/money/job-cost.ts'
import type { Change } from '../../../domain/transition/fold.ts'
import type { TaskQueue, TaskScheduler, TaskToSchedule } from '../../../ports/tasks.ts'
import type { LockedRow } from '../connection/lock-waits.ts'
import { plain, type Trx, together } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'
import { insertCallbacks } from './insert-callbacks.ts'
import { addToMonth } from './key-month.ts'
import { markUsage } from './mark-usage.ts'
import { updateJobs } from './update-jobs.ts'
import { captureCredits, charge, lockAccounts, releaseCredits } from './write-ledger.ts'

export interface WriteMeans {
  scheduler: TaskScheduler
  /** The job as a callback shows it: the `data` of its payload. */
  callbackData: (job: Job) => unknown
}

export interface Written {
  job: Job
  events: EventDraft[]
  /** Queues that received work: to be woken after the commit. */
  queues: TaskQueue[]
  unreservedMicros: number
}

export async function writeChange(trx: Trx, means: WriteMeans, change: Change): Promise<Written> {
  const [written] = await writeChanges(trx, means, [change])
  if (written === undefined) throw new Error('a change was not written')
  return written
}

/**
 * Writes several jobs with as many statements as one needs. The caller has locked their rows; the jobs must differ.
 */
export async function writeChanges(
  trx: Trx,
  means: WriteMeans,
  changes: readonly Change[],
): Promise<Written[]> {
  const tasks = changes.flatMap(tasksOf)
  await together(
    updateJobs(trx, changes),
    tasks.length > 0 ? means.scheduler.schedule(plain(trx), tasks) : Promise.resolve(),
  )
  const written: Written[] = []
  for (const change of changes) written.push(await writeCallbacks(trx, means, change))
  await markUsage(trx, changes)
  // Last, since they lock rows that other jobs of the same clients need.
  await correctMonths(trx, changes)
  await settleCredits(trx, changes)
  return written
}

/** The rows of a client's accounts and months under one name for the lock waits: creates and completions need them. */
export const moneyOf = ({ clientId }: Pick<Job, 'clientId'>): LockedRow => ({
  row: `money of ${clientId}`,
  clientId,
})

/** The money rows that the change writes; null when it writes none. */
export const moneyNeededBy = (change: Change | null): LockedRow | null =>
  change !== null && touchesMoney(change) ? moneyOf(change.after) : null

const touchesMoney = ({ before, after, transition }: Change): boolean =>
  transition.ledger !== null || monthChange(before, after) !== 0

async function writeCallbacks(trx: Trx, means: WriteMeans, change: Change): Promise<Written> {
  const { after, transition } = change
  const messages = callbackMessages(after, transition.callbacks, after.updatedAt, means.callbackData)
  if (messages.length > 0) await insertCallbacks(trx, means.scheduler, after, messages, after.updatedAt)
  const queues = transition.tasks.map((task) => task.queue)
  return {
    job: after,
    events: transition.events,
    queues: messages.length > 0 ? [...queues, 'callback'] : queues,
    unreservedMicros: transition.ledger === null ? 0 : unreservedOf(change),
  }
}

/** Micro-USD of the reservation that the change settles. */
const unreservedOf = ({ before, transition }: Change): number =>
  transition.unreservedMicros ?? before.reservedMicros

/** In the order of the rows they lock, which rules out deadlocks with other groups. */
async function correctMonths(trx: Trx, changes: readonly Change[]): Promise<void> {
  const corrections = changes.flatMap(({ before, after }) => {
    const micros = monthChange(before, after)
    return micros === 0 ? [] : [{ job: before, micros, row: monthRowOf(before) }]
  })
  corrections.sort((a, b) => (a.row < b.row ? -1 : 1))
  for (const { job, micros } of corrections) await addToMonth(trx, job, micros)
}

const monthRowOf = ({ apiKeyId, createdAt }: Job): string =>
  `${apiKeyId} ${new Date(createdAt).toISOString()}`

async function settleCredits(trx: Trx, changes: readonly Change[]): Promise<void> {
  const settling = changes.filter(({ transition }) => transition.ledger !== null)
  if (settling.length > 1) {
    const jobIds = settling.map(({ after }) => after.id)
    await lockAccounts(trx, jobIds)
  }
  for (const change of settling) await settle(trx, change)
}

async function settle(trx: Trx, change: Change): Promise<void> {
  const { before, after, transition } = change
  const now = after.updatedAt
  switch (transition.ledger) {
    case 'capture':
      return captureCredits(
        trx,
        { ...before, reservedMicros: unreservedOf(change) },
        after.chargedMicros,
        now,
      )
    case 'release':
      await releaseCredits(trx, before, now)
      return charge(trx, before, adjustmentOf(before, after, 'settled'))
    case 'charge_late':
      return charge(trx, before, adjustmentOf(before, after, 'late'))
    case 'adjust':
      return charge(
        trx,
        before,
        adjustmentOf(before, after, before.settledAt === null ? 'settled' : 'corrected'),
      )
    case 'reserve':
      throw new Error(`${before.id}: only a creation reserves`)
  }
}

const reasons = {
  late: 'rendered after its job had ended',
  settled: "FAL's bill",
  corrected: "FAL's billing events",
}

function adjustmentOf(before: Job, after: Job, cause: keyof typeof reasons) {
  const charged = after.chargedMicros ?? 0
  const reason = `${reasons[cause]}: ${charged} micro-USD`
  return { micros: charged - (before.chargedMicros ?? 0), cause, reason, now: after.updatedAt }
}

/** Their ids are derived from job, queue and version: the same change can never schedule its work twice. */
export function tasksOf({ before, transition }: Change): TaskToSchedule[] {
  return transition.tasks.map((task: TaskDraft) => ({
    queue: task.queue,
    id: uuidFrom(`${task.queue}:${before.version}`, uuidOf('job', before.id)),
    subject: before.id,
    ...('startAfterSeconds' in task && task.startAfterSeconds !== undefined
      ? { startAfterSeconds: task.startAfterSeconds }
      : {}),
  }))
}
