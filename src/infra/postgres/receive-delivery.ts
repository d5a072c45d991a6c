/** The inbox: a verified delivery and, when its job is known, the settlement it causes become durable in one transaction. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Selectable } from 'kysely'
import { v7 as newUuid } from 'uuid'
import type { Fact } from '../../domain/facts.ts'
import { toUuid } from '../../domain/ids.ts'
import type { Job } from '../../domain/job.ts'
import type { Delivery, DeliveryVerdict, TaskQueue } from '../../jobs/ports.ts'
import { pinAccount } from './fal-account.ts'
import { jobOfRow } from './job-row.ts'
import { announce, type StoreContext } from './job-store.ts'
import { lockRequest } from './record-facts.ts'
import type { JobTable } from './schema.ts'
import { inTransaction, type Trx } from './transaction.ts'
import { writeTransition } from './write-transition.ts'

export async function receiveDelivery(
  context: StoreContext,
  delivery: Delivery,
  decide: (job: Job) => readonly Fact[],
): Promise<DeliveryVerdict> {
  let queues: TaskQueue[] = []
  const verdict = await inTransaction(context.db, async (trx): Promise<DeliveryVerdict> => {
    const row = await findJob(trx, delivery)
    if (row !== null && !(await pinAccount(trx, delivery.falUserId))) return { type: 'foreign' }
    const fresh = await insertDelivery(trx, delivery, row, context.clock.now())
    if (row === null) return fresh ? { type: 'waiting' } : { type: 'duplicate' }
    // A repetition of a delivery that was parked still settles its job; of one that was applied it changes nothing.
    const job = jobOfRow(row)
    const at = { source: 'webhook' as const, now: context.clock.now(), poll: context.poll }
    const written = await writeTransition(trx, context, job, decide(job), at)
    queues = written?.queues ?? []
    if (!fresh && written === null) return { type: 'duplicate' }
    return {
      type: 'applied',
      job: written?.job ?? job,
      changed: written !== null,
      events: written?.events ?? [],
    }
  })
  if (verdict.type === 'applied' && verdict.changed) announce(context, verdict.job.id, queues)
  return verdict
}

/** By the token in our URL, which FAL's signature does not cover and nobody can guess; else by the request id. Locked. */
async function findJob(trx: Trx, delivery: Delivery): Promise<Selectable<JobTable> | null> {
  const uuid = delivery.jobId === null ? null : toUuid('job', delivery.jobId)
  if (uuid !== null && delivery.token !== null) {
    const row = await trx.selectFrom('job').selectAll().where('id', '=', uuid).forUpdate().executeTakeFirst()
    if (row !== undefined && sameText(row.webhook_token, delivery.token)) return row
  }
  await lockRequest(trx, delivery.requestId)
  const row = await trx
    .selectFrom('job')
    .selectAll()
    .where('request_id', '=', delivery.requestId)
    .forUpdate()
    .executeTakeFirst()
  return row ?? null
}

/** False when this very delivery (same request, same bytes) is already in the inbox. */
async function insertDelivery(
  trx: Trx,
  delivery: Delivery,
  job: Selectable<JobTable> | null,
  now: number,
): Promise<boolean> {
  const inserted = await trx
    .insertInto('webhook_delivery')
    .values({
      id: newUuid(),
      request_id: delivery.requestId,
      fal_user_id: delivery.falUserId,
      job_id: job?.id ?? null,
      body: delivery.body,
      body_hash: createHash('sha256').update(delivery.body).digest(),
      sent_at: new Date(delivery.sentAt),
      received_at: new Date(now),
      state: job === null ? 'waiting' : 'applied',
      note: null,
    })
    .onConflict((conflict) => conflict.columns(['request_id', 'body_hash']).doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n
}

function sameText(expected: string, given: string): boolean {
  const a = createHash('sha256').update(expected).digest()
  const b = createHash('sha256').update(given).digest()
  return timingSafeEqual(a, b)
}
