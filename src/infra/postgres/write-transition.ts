/**
 * Persists one transition of one job inside the caller's transaction: row by compare-and-set, events, tasks.
 * Everything that changes a job ends here, so nothing can be written without its event and its follow-up work.
 */
import { v7 as newUuid, v5 as uuidFrom } from 'uuid'
import type { EventDraft, Fact, TaskDraft, Transition, TransitionContext } from '../../domain/facts.ts'
import type { Job } from '../../domain/job.ts'
import { transitionAll } from '../../domain/transition.ts'
import type { TaskQueue, TaskScheduler, TaskToSchedule } from '../../jobs/ports.ts'
import { type CallbackMeans, insertCallbacks } from './insert-callbacks.ts'
import { rowOfPatch, uuidOf } from './job-row.ts'
import { correctMonth } from './key-month.ts'
import { captureCredits, releaseCredits } from './ledger.ts'
import type { Trx } from './transaction.ts'
import { plain } from './transaction.ts'

export interface Written {
  job: Job
  events: EventDraft[]
  /** Queues that received work: to be woken after the commit. */
  queues: TaskQueue[]
}

/** Folds facts into `job` (locked by the caller) and writes what follows; null when every fact was old news. */
export async function writeTransition(
  trx: Trx,
  means: CallbackMeans,
  job: Job,
  facts: readonly Fact[],
  context: TransitionContext,
): Promise<Written | null> {
  const folded = transitionAll(job, facts, context)
  if (folded === null) return null
  const { events, tasks, callbacks } = folded.transition
  const patch: Partial<Job> = {
    ...folded.transition.patch,
    updatedAt: context.now,
    eventSeq: job.eventSeq + events.length,
    version: job.version + 1,
  }
  const changed = await trx
    .updateTable('job')
    .set(rowOfPatch(patch))
    .where('id', '=', uuidOf('job', job.id))
    .where('version', '=', job.version)
    .where('status', '=', job.status)
    .executeTakeFirst()
  if (changed.numUpdatedRows !== 1n) throw new Error(`job ${job.id} changed under its lock`)
  await insertEvents(trx, job, events, context.now)
  await scheduleTasks(trx, means.scheduler, job, tasks)
  const next: Job = { ...job, ...patch }
  const queues = await insertCallbacks(trx, means, next, callbacks, context.now)
  await correctMonth(trx, job, next)
  // Last, since it locks the account that other jobs of the client want too.
  await settleCredits(trx, job, folded.transition.ledger, next.actualMicros, context.now)
  return { job: next, events, queues: [...tasks.map((task) => task.queue), ...queues] }
}

async function settleCredits(
  trx: Trx,
  job: Job,
  effect: Transition['ledger'],
  actualMicros: number | null,
  now: number,
): Promise<void> {
  if (effect === 'capture') await captureCredits(trx, job, actualMicros, now)
  if (effect === 'release') await releaseCredits(trx, job, now)
}

async function insertEvents(
  trx: Trx,
  job: Pick<Job, 'id' | 'eventSeq'>,
  events: readonly EventDraft[],
  now: number,
): Promise<void> {
  if (events.length === 0) return
  const jobId = uuidOf('job', job.id)
  await trx
    .insertInto('job_event')
    .values(
      events.map((event, index) => ({
        job_id: jobId,
        seq: job.eventSeq + index + 1,
        id: newUuid(),
        type: event.type,
        source: event.source,
        data: JSON.stringify(event.data),
        created_at: new Date(now),
      })),
    )
    .execute()
}

export async function scheduleTasks(
  trx: Trx,
  scheduler: TaskScheduler,
  job: Pick<Job, 'id' | 'version' | 'queue'>,
  tasks: readonly TaskDraft[],
): Promise<void> {
  if (tasks.length === 0) return
  await scheduler.schedule(
    plain(trx),
    tasks.map((task) => taskOf(job, task)),
  )
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
