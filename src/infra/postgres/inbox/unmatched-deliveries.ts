/** Unmatched deliveries: stored in the inbox until a job is known to have their request, then applied once. */
import { sql } from 'kysely'
import { isBelieved } from '../../../domain/delivery.ts'
import { toId } from '../../../domain/ids.ts'
import type { UnmatchedJob, WaitingDelivery } from '../../../ports/job-store.ts'
import { advisoryLocks } from '../connection/advisory-locks.ts'
import type { StoreContext } from '../connection/store-context.ts'
import { type LockTimeout, type Trx, withLockTimeout } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'
import { learnedAccount } from './fal-account.ts'

/**
 * Serializes by request id the submit that learns it and a delivery that found no job, so that the second sees what
 * the first wrote. Locks are taken in order, which rules out deadlocks between groups.
 */
export async function lockRequests(
  trx: Trx,
  requestIds: readonly string[],
  lockTimeout: LockTimeout,
): Promise<void> {
  if (requestIds.length === 0) return
  const ids = [...new Set(requestIds)].sort()
  await trx.executeQuery(
    sql`
    select pg_advisory_xact_lock(hashtextextended(id, ${advisoryLocks.request})) from unnest(${ids}::text[]) as asked (id)
    where ${withLockTimeout(lockTimeout)}`.compile(trx),
  )
}

/**
 * Marks the unmatched deliveries of these requests as applied, oldest first; those of a foreign account are excluded.
 */
export async function takeWaiting(
  trx: Trx,
  joins: readonly { jobId: string; requestId: string }[],
): Promise<Map<string, WaitingDelivery[]>> {
  const taken = new Map<string, WaitingDelivery[]>()
  if (joins.length === 0) return taken
  const requests = joins.map(({ requestId }) => requestId)
  const jobs = joins.map(({ jobId }) => uuidOf('job', jobId))
  const { rows } = await sql<TakenRow>`
    update webhook_delivery set state = 'applied', job_id = joined.job_id
    from unnest(${requests}::text[], ${jobs}::uuid[]) as joined (request_id, job_id)
    where webhook_delivery.request_id = joined.request_id and state = 'waiting'
    returning joined.job_id, webhook_delivery.request_id, fal_user_id, body, received_at`.execute(trx)
  if (rows.length === 0) return taken
  const account = await learnedAccount(trx)
  for (const row of rows.sort((a, b) => a.received_at.getTime() - b.received_at.getTime())) {
    if (!isBelieved(row.fal_user_id, account)) continue
    const delivery = { requestId: row.request_id, falUserId: row.fal_user_id, body: row.body }
    const jobId = toId('job', row.job_id)
    taken.set(jobId, [...(taken.get(jobId) ?? []), delivery])
  }
  return taken
}

interface TakenRow {
  job_id: string
  request_id: string
  fal_user_id: string
  body: Buffer
  received_at: Date
}

/** Jobs whose request has an unmatched delivery. */
export async function unmatchedJobs(context: StoreContext, limit: number): Promise<UnmatchedJob[]> {
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
