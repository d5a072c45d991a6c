/** Belt and braces: work that a state calls for but no task attends is scheduled again; parked deliveries find their job. */
import { sql } from 'kysely'
import { v5 as uuidFrom } from 'uuid'
import { toId } from '../../domain/ids.ts'
import type { TaskQueue } from '../../jobs/ports.ts'
import type { StoreContext } from './job-store.ts'
import { inTransaction, plain, type Trx } from './transaction.ts'

/** Younger states are left to the tasks that were sent with them. */
const graceMs = 60_000

export async function sweepOrphanedJobs(context: StoreContext, limit: number): Promise<number> {
  const before = new Date(context.clock.now() - graceMs)
  const rescheduled = await inTransaction(context.db, async (trx) => {
    const submits = await reschedule(context, trx, 'submit', await pendingJobs(trx, before, limit))
    const archives = await reschedule(context, trx, 'archive', await pendingArchives(trx, before, limit))
    const joins = await parkedJobs(trx, limit)
    await sql`update job set next_poll_at = ${new Date(context.clock.now())} where id = any(${joins}::uuid[])`.execute(
      trx,
    )
    return submits + archives + joins.length
  })
  if (rescheduled > 0) context.scheduler.wake(['submit', 'archive', 'poll'])
  return rescheduled
}

const pendingJobs = async (trx: Trx, before: Date, limit: number): Promise<string[]> =>
  (
    await trx
      .selectFrom('job')
      .select('id')
      .where('status', '=', 'pending')
      .where('submission', 'in', ['unsent', 'sending'])
      .where('updated_at', '<', before)
      .orderBy('updated_at')
      .limit(limit)
      .execute()
  ).map((row) => row.id)

const pendingArchives = async (trx: Trx, before: Date, limit: number): Promise<string[]> =>
  (
    await trx
      .selectFrom('job')
      .select('id')
      .where('archive_status', '=', 'pending')
      .where('updated_at', '<', before)
      .orderBy('updated_at')
      .limit(limit)
      .execute()
  ).map((row) => row.id)

/** Jobs whose request id stands in a delivery that came before anybody knew it: a poll settles them at once. */
async function parkedJobs(trx: Trx, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    update webhook_delivery set state = 'applied', job_id = job.id
    from job
    where webhook_delivery.state = 'waiting' and job.request_id = webhook_delivery.request_id
      and webhook_delivery.id in (
        select id from webhook_delivery where state = 'waiting' order by received_at limit ${limit} for update skip locked
      )
    returning job.id`.execute(trx)
  return rows.map((row) => row.id)
}

async function reschedule(
  context: StoreContext,
  trx: Trx,
  queue: TaskQueue,
  uuids: string[],
): Promise<number> {
  if (uuids.length === 0) return 0
  const ids = uuids.map((uuid) => toId('job', uuid))
  const alone = await context.scheduler.unattended(plain(trx), queue, ids)
  // Replicas sweep at the same time: within one grace period they all derive the same id, so one task comes of it.
  const period = Math.floor(context.clock.now() / graceMs)
  const tasks = alone.map((subject) => ({
    queue,
    id: uuidFrom(`${queue}:orphan:${period}`, uuids[ids.indexOf(subject)] ?? ''),
    subject,
  }))
  if (tasks.length > 0) await context.scheduler.schedule(plain(trx), tasks)
  return tasks.length
}
