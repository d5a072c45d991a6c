/**
 * Persists transitions of jobs inside the caller's transaction: rows by compare-and-set, events, tasks, callbacks, money.
 * Everything that changes a job ends here, so nothing can be written without its event and its follow-up work.
 */
import { v5 as uuidFrom } from 'uuid'
import type { EventDraft, Fact, TaskDraft, Transition, TransitionContext } from '../../../domain/facts.ts'
import type { Job } from '../../../domain/job.ts'
import { transitionAll } from '../../../domain/transition/transition.ts'
import type { TaskQueue, TaskToSchedule } from '../../../ports/tasks.ts'
import { plain, type Trx, together } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'
import { type CallbackMeans, insertCallbacks } from './insert-callbacks.ts'
import { addToMonth, correctMonth } from './key-month.ts'
import { updateJobs } from './update-jobs.ts'
import { captureCredits, chargeLate, lockAccounts, releaseCredits } from './write-ledger.ts'

export interface Written {
  job: Job
  events: EventDraft[]
  /** Queues that received work: to be woken after the commit. */
  queues: TaskQueue[]
  unreservedMicros: number
}

export interface ToWrite {
  /** As it is in the database, locked by the caller. */
  job: Job
  facts: readonly Fact[]
  context: TransitionContext
}

/** Folds facts into `job` (locked by the caller) and writes what follows; null when every fact was old news. */
export async function writeTransition(
  trx: Trx,
  means: CallbackMeans,
  job: Job,
  facts: readonly Fact[],
  context: TransitionContext,
): Promise<Written | null> {
  const [written] = await writeTransitions(trx, means, [{ job, facts, context }])
  return written ?? null
}

/** Several jobs at once, each its own transition: as many statements as one takes. The jobs must differ. */
export async function writeTransitions(
  trx: Trx,
  means: CallbackMeans,
  items: readonly ToWrite[],
): Promise<(Written | null)[]> {
  const changes = items.map(foldOne)
  const changed = changes.filter((change) => change !== null)
  const tasks = changed.flatMap(({ job, transition }) => transition.tasks.map((task) => taskOf(job, task)))
  await together(
    updateJobs(trx, changed),
    tasks.length > 0 ? means.scheduler.schedule(plain(trx), tasks) : Promise.resolve(),
  )
  const written: (Written | null)[] = []
  for (const change of changes)
    written.push(change === null ? null : await writeCallbacks(trx, means, change))
  await correctMonths(trx, changed)
  await settleCredits(trx, changed)
  return written
}

interface Change {
  job: Job
  next: Job
  patch: Partial<Job>
  transition: Transition
  now: number
}

function foldOne({ job, facts, context }: ToWrite): Change | null {
  const folded = transitionAll(job, facts, context)
  if (folded === null) return null
  const { transition } = folded
  const patch: Partial<Job> = {
    ...transition.patch,
    updatedAt: context.now,
    eventSeq: job.eventSeq + transition.events.length,
    version: job.version + 1,
  }
  return { job, next: { ...job, ...patch }, patch, transition, now: context.now }
}

async function writeCallbacks(trx: Trx, means: CallbackMeans, change: Change): Promise<Written> {
  const { next, transition, now } = change
  const queues = await insertCallbacks(trx, means, next, transition.callbacks, now)
  return {
    job: next,
    events: transition.events,
    queues: [...transition.tasks.map((task) => task.queue), ...queues],
    unreservedMicros: transition.ledger === null ? 0 : change.job.reservedMicros,
  }
}

/** In the order of the rows they lock, since jobs of other groups want the same ones. */
async function correctMonths(trx: Trx, changes: readonly Change[]): Promise<void> {
  const limited = changes.filter(({ job }) => job.budgetMicros > 0)
  const inOrder = limited.toSorted((a, b) => (monthKeyOf(a) < monthKeyOf(b) ? -1 : 1))
  for (const { job, next, transition } of inOrder) {
    if (transition.ledger === 'charge_late') await addToMonth(trx, next, costOf(next))
    else await correctMonth(trx, job, next)
  }
}

const costOf = ({ actualMicros, estimatedMicros }: Job): number => actualMicros ?? estimatedMicros ?? 0

const monthKeyOf = ({ job }: Change): string => `${job.apiKeyId} ${new Date(job.createdAt).toISOString()}`

/** Last, since it locks the accounts that other jobs of their clients want too. */
async function settleCredits(trx: Trx, changes: readonly Change[]): Promise<void> {
  const settling = changes.filter(({ transition }) => transition.ledger !== null)
  if (settling.length > 1)
    await lockAccounts(
      trx,
      settling.map(({ job }) => job.id),
    )
  for (const { job, next, transition, now } of settling) {
    if (transition.ledger === 'capture') await captureCredits(trx, job, next.actualMicros, now)
    else if (transition.ledger === 'charge_late') await chargeLate(trx, job, costOf(next), now)
    else await releaseCredits(trx, job, now)
  }
}

/** The id is derived from job, queue and version: the same transition can never schedule its work twice. */
export function taskOf(job: Pick<Job, 'id' | 'version' | 'queue'>, task: TaskDraft): TaskToSchedule {
  return {
    queue: task.queue,
    id: uuidFrom(`${task.queue}:${job.version}`, uuidOf('job', job.id)),
    subject: job.id,
    ...('startAfterSeconds' in task && task.startAfterSeconds !== undefined
      ? { startAfterSeconds: task.startAfterSeconds }
      : {}),
  }
}
