/** Changes a job: locked row, facts decided on what it is now, transition and closing of the task in one transaction. */
import { sql } from 'kysely'
import type { Decide, Recorded, RecordOptions, WaitingDelivery } from '../../jobs/ports.ts'
import { jobOfRow, uuidOf } from './job-row.ts'
import { announce, type StoreContext } from './job-store.ts'
import { inTransaction, plain, type Trx } from './transaction.ts'
import { writeTransition } from './write-transition.ts'

export async function recordFacts(
  context: StoreContext,
  jobId: string,
  decide: Decide,
  options: RecordOptions,
): Promise<Recorded | null> {
  const uuid = uuidOf('job', jobId)
  const { recorded, queues } = await inTransaction(context.db, async (trx) => {
    const row = await trx.selectFrom('job').selectAll().where('id', '=', uuid).forUpdate().executeTakeFirst()
    if (row === undefined) {
      if (options.closing !== undefined) await context.scheduler.close(plain(trx), options.closing)
      return { recorded: null, queues: [] }
    }
    const job = jobOfRow(row)
    const waiting =
      options.joinRequestId === undefined ? [] : await takeWaiting(trx, options.joinRequestId, uuid)
    const facts = decide(job, waiting)
    const at = { source: options.source, now: context.clock.now(), poll: context.poll }
    const written = await writeTransition(trx, context, job, facts, at)
    if (options.closing !== undefined) await context.scheduler.close(plain(trx), options.closing)
    return {
      recorded: { job: written?.job ?? job, changed: written !== null, events: written?.events ?? [] },
      queues: written?.queues ?? [],
    }
  })
  if (recorded?.changed === true) announce(context, jobId, queues)
  return recorded
}

/**
 * Serializes the two who may meet over one request id: the submit that learns it and a delivery that found no job.
 * Whoever comes second sees what the first one wrote.
 */
export async function lockRequest(trx: Trx, requestId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${requestId}, 7411))`.execute(trx)
}

async function takeWaiting(trx: Trx, requestId: string, jobUuid: string): Promise<WaitingDelivery[]> {
  await lockRequest(trx, requestId)
  const rows = await trx
    .updateTable('webhook_delivery')
    .set({ state: 'applied', job_id: jobUuid })
    .where('request_id', '=', requestId)
    .where('state', '=', 'waiting')
    .returning(['request_id', 'fal_user_id', 'body', 'received_at'])
    .execute()
  return rows
    .sort((a, b) => a.received_at.getTime() - b.received_at.getTime())
    .map((row) => ({ requestId: row.request_id, falUserId: row.fal_user_id, body: row.body }))
}
