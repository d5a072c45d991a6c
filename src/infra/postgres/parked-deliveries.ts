/** Deliveries that came before their job was known to have the request: kept in the inbox, handed over once. */
import { sql } from 'kysely'
import { toId } from '../../domain/ids.ts'
import type { ParkedJob, WaitingDelivery } from '../../jobs/ports.ts'
import { learnedAccount } from './fal-account.ts'
import type { StoreContext } from './store-context.ts'
import type { Trx } from './transaction.ts'

/**
 * Serializes the two who may meet over one request id: the submit that learns it and a delivery that found no job.
 * Whoever comes second sees what the first one wrote.
 */
export async function lockRequest(trx: Trx, requestId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${requestId}, 7411))`.execute(trx)
}

/** Marks what waits for the request as applied, oldest first; those of an account we do not believe are left out. */
export async function takeWaiting(trx: Trx, requestId: string, jobUuid: string): Promise<WaitingDelivery[]> {
  const rows = await trx
    .updateTable('webhook_delivery')
    .set({ state: 'applied', job_id: jobUuid })
    .where('request_id', '=', requestId)
    .where('state', '=', 'waiting')
    .returning(['request_id', 'fal_user_id', 'body', 'received_at'])
    .execute()
  if (rows.length === 0) return []
  const account = await learnedAccount(trx)
  return rows
    .filter((row) => account === null || row.fal_user_id === account)
    .sort((a, b) => a.received_at.getTime() - b.received_at.getTime())
    .map((row) => ({ requestId: row.request_id, falUserId: row.fal_user_id, body: row.body }))
}

/** Jobs whose request stands in a delivery that nobody handed to them yet. */
export async function parkedJobs(context: StoreContext, limit: number): Promise<ParkedJob[]> {
  const rows = await context.db
    .selectFrom('webhook_delivery')
    .innerJoin('job', 'job.request_id', 'webhook_delivery.request_id')
    .select(['job.id', 'webhook_delivery.request_id'])
    .where('webhook_delivery.state', '=', 'waiting')
    .orderBy('webhook_delivery.received_at')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ jobId: toId('job', row.id), requestId: row.request_id }))
}
