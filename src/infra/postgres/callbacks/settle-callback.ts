/**
 * The closing transaction of a callback attempt: attempt, state, endpoint, the job's event, the next task and the end
 * of this one.
 */
import { sql } from 'kysely'
import {
  endpointOf,
  type FailingEndpoint,
  judgeEndpoint,
} from '../../../domain/callbacks/callback-schedule.ts'
import type { Fact } from '../../../domain/facts.ts'
import { foldFacts } from '../../../domain/transition/fold.ts'
import type { Callback, CallbackAttempt, CallbackVerdict } from '../../../ports/callbacks.ts'
import type { Task } from '../../../ports/tasks.ts'
import { announce, type StoreContext } from '../connection/store-context.ts'
import { inTransaction, plain, type Trx } from '../connection/transaction.ts'
import { erasedPayload } from '../rows/callback-row.ts'
import { uuidOf } from '../rows/uuids.ts'
import { callbackTaskId } from '../transition/insert-callbacks.ts'
import { withLockedJob } from '../transition/lock-jobs.ts'
import { writeChange } from '../transition/write-changes.ts'

type Attempt = Omit<CallbackAttempt, 'number'> | null

export async function settleCallback(
  context: StoreContext,
  callback: Callback,
  attempt: Attempt,
  verdict: CallbackVerdict,
  task: Task,
): Promise<void> {
  const now = context.clock.now()
  // Job before callback, as in every transition: no two transactions wait for each other.
  const described = await withLockedJob(context, callback.jobId, async (trx, job) => {
    const isContentErased = job.contentErasedAt !== null
    const isOurs = await moveOn(context, trx, callback, { attempt, verdict, task, now, isContentErased })
    if (isOurs) {
      const facts: Fact[] = [factOf(callback, attempt, verdict, now)]
      if (attempt !== null && (await noteEndpoint(trx, callback, verdict, now))) {
        const data = { callbackId: callback.id, endpoint: endpointOf(callback.url) }
        facts.push({ type: 'callback_tried', event: 'callback.endpoint_disabled', data })
      }
      const change = foldFacts(job, facts, { source: 'callback', now, poll: context.poll })
      if (change !== null) await writeChange(trx, context, change)
    }
    await context.scheduler.close(plain(trx), [task])
    return isOurs
  })
  if (described === null) throw new Error(`${callback.id}: its job ${callback.jobId} is gone`)
  if (described) announce(context, callback.jobId, [])
}

/** Postpones the attempt: nothing was sent, nothing is counted. */
export async function deferCallback(
  context: StoreContext,
  callback: Callback,
  inSeconds: number,
  task: Task,
): Promise<void> {
  await inTransaction(context.db, async (trx) => {
    const uuid = uuidOf('cb', callback.id)
    const next = callbackTaskId(uuid, task.id)
    const changed = await trx
      .updateTable('callback')
      .set({ task_id: next, next_attempt_at: new Date(context.clock.now() + inSeconds * 1000) })
      .where('id', '=', uuid)
      .where('task_id', '=', task.id)
      .where('state', '=', 'pending')
      .executeTakeFirst()
    if (changed.numUpdatedRows === 1n) await schedule(context, trx, callback, next, inSeconds)
    await context.scheduler.close(plain(trx), [task])
  })
}

/** The task has nothing to deliver (any more). */
export const closeTask = (context: StoreContext, task: Task): Promise<void> =>
  inTransaction(context.db, (trx) => context.scheduler.close(plain(trx), [task]))

interface Try {
  attempt: Attempt
  verdict: CallbackVerdict
  task: Task
  now: number
  /** Retention erased the job's content before the message was delivered. */
  isContentErased: boolean
}

/**
 * False when the callback no longer belongs to this task: it was redelivered or erased while the message was in
 * flight.
 */
async function moveOn(
  context: StoreContext,
  trx: Trx,
  callback: Callback,
  { attempt, verdict, task, now, isContentErased }: Try,
): Promise<boolean> {
  const uuid = uuidOf('cb', callback.id)
  const next = callbackTaskId(uuid, task.id)
  const tried = attempt === null ? 0 : 1
  const changed = await trx
    .updateTable('callback')
    .set({
      state: verdict.type === 'delivered' ? 'delivered' : verdict.type === 'again' ? 'pending' : 'failed',
      attempts: sql`attempts + ${tried}`,
      round_attempts: sql`round_attempts + ${tried}`,
      ...(attempt === null ? {} : { last_status: attempt.status }),
      last_error: verdict.type === 'delivered' ? null : verdict.error,
      delivered_at: verdict.type === 'delivered' ? new Date(now) : null,
      next_attempt_at: verdict.type === 'again' ? new Date(now + verdict.inSeconds * 1000) : null,
      ...(verdict.type === 'again' ? { task_id: next } : isContentErased ? { payload: erasedPayload } : {}),
    })
    .where('id', '=', uuid)
    .where('task_id', '=', task.id)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  if (changed.numUpdatedRows !== 1n) return false
  if (attempt !== null) {
    await trx
      .insertInto('callback_attempt')
      .values({
        callback_id: uuid,
        number: callback.attempts + 1,
        started_at: new Date(attempt.startedAt),
        duration_ms: attempt.durationMs,
        status: attempt.status,
        error: attempt.error,
        answer: attempt.answer,
      })
      .execute()
  }
  if (verdict.type === 'again') await schedule(context, trx, callback, next, verdict.inSeconds)
  return true
}

const schedule = (context: StoreContext, trx: Trx, callback: Callback, id: string, inSeconds: number) =>
  context.scheduler.schedule(plain(trx), [
    { queue: 'callback', id, subject: callback.id, startAfterSeconds: Math.ceil(inSeconds) },
  ])

/** Writes what the attempt makes of the endpoint. True when this failure disabled it. */
async function noteEndpoint(
  trx: Trx,
  callback: Callback,
  verdict: CallbackVerdict,
  now: number,
): Promise<boolean> {
  const key = { client_id: uuidOf('cli', callback.clientId), endpoint: endpointOf(callback.url) }
  const row = await trx
    .selectFrom('callback_endpoint')
    .select(['failing_since', 'disabled_at'])
    .where((and) => and.and(key))
    .executeTakeFirst()
  const known = row === undefined ? null : failingOf(row)
  const next = judgeEndpoint(known, { isDelivered: verdict.type === 'delivered', now })
  if (next === null) {
    if (known !== null) {
      await trx
        .deleteFrom('callback_endpoint')
        .where((and) => and.and(key))
        .execute()
    }
    return false
  }
  if (known === null) {
    await trx
      .insertInto('callback_endpoint')
      .values({ ...key, failing_since: new Date(next.failingSince) })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return false
  }
  if (next.disabledAt === known.disabledAt) return false
  // A concurrent attempt may have disabled it: only one of them says so.
  const disabled = await trx
    .updateTable('callback_endpoint')
    .set({ disabled_at: next.disabledAt === null ? null : new Date(next.disabledAt) })
    .where((and) => and.and(key))
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  return disabled.numUpdatedRows === 1n
}

const failingOf = (row: { failing_since: Date; disabled_at: Date | null }): FailingEndpoint => ({
  failingSince: row.failing_since.getTime(),
  disabledAt: row.disabled_at?.getTime() ?? null,
})

function factOf(callback: Callback, attempt: Attempt, verdict: CallbackVerdict, now: number): Fact {
  const { id, type } = callback
  const number = callback.attempts + (attempt === null ? 0 : 1)
  const described = { callbackId: id, callbackType: type, attempt: number }
  if (verdict.type === 'delivered') {
    const data = { ...described, status: attempt?.status ?? null }
    return { type: 'callback_tried', event: 'callback.delivered', data }
  }
  const next = verdict.type === 'again' ? new Date(now + verdict.inSeconds * 1000).toISOString() : null
  const data = { ...described, reason: verdict.error, nextAttemptAt: next }
  return { type: 'callback_tried', event: 'callback.failed', data }
}
