/** The inbox: a verified delivery and, when its job is known, the settlement it causes become durable in one transaction. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Selectable } from 'kysely'
import { v7 as newUuid } from 'uuid'
import type { Fact } from '../../domain/facts.ts'
import { toUuid } from '../../domain/ids.ts'
import type { Job } from '../../domain/job.ts'
import type { Delivery, DeliveryVerdict, TaskQueue } from '../../jobs/ports.ts'
import { learnedAccount, pinAccount, setAccount } from './fal-account.ts'
import { jobOfRow } from './job-row.ts'
import { lockRequest } from './parked-deliveries.ts'
import type { JobTable } from './schema.ts'
import { announce, type StoreContext } from './store-context.ts'
import { inTransaction, type Trx } from './transaction.ts'
import { writeTransition } from './write-transition.ts'

export async function receiveDelivery(
  context: StoreContext,
  delivery: Delivery,
  decide: (job: Job) => readonly Fact[],
): Promise<DeliveryVerdict> {
  let queues: TaskQueue[] = []
  const verdict = await inTransaction(context.db, async (trx): Promise<DeliveryVerdict> => {
    queues = []
    await lockRequest(trx, delivery.requestId)
    const row = await findJob(trx, delivery)
    if (!(await isOurAccount(trx, delivery, row !== null))) return { type: 'foreign' }
    const job = row === null ? null : jobOfRow(row)
    const facts = job === null ? [] : decide(job)
    // A second request of the same job, of which nothing is of use: kept, should it turn out to be another job's.
    const parked =
      job === null || (job.requestId !== null && job.requestId !== delivery.requestId && facts.length === 0)
    const earlier = await insertDelivery(trx, delivery, {
      uuid: row?.id ?? null,
      parked,
      isErased: job !== null && job.erasedAt !== null,
      now: context.clock.now(),
    })
    if (earlier === 'applied' || (earlier === 'waiting' && parked)) return { type: 'duplicate' }
    if (parked) return { type: 'waiting' }
    const at = { source: 'webhook' as const, now: context.clock.now(), poll: context.poll }
    const written = await writeTransition(trx, context, job, facts, at)
    queues = written?.queues ?? []
    const events = written?.events ?? []
    return { type: 'applied', job: written?.job ?? job, changed: written !== null, events }
  })
  if (verdict.type === 'applied' && verdict.changed) announce(context, verdict.job.id, queues)
  return verdict
}

/**
 * The owner of the request; else the job that our URL names by its token, which FAL's signature does not cover and
 * nobody can guess. Locked.
 */
async function findJob(trx: Trx, delivery: Delivery): Promise<Selectable<JobTable> | null> {
  const owner = await trx
    .selectFrom('job')
    .selectAll()
    .where('request_id', '=', delivery.requestId)
    .forUpdate()
    .executeTakeFirst()
  if (owner !== undefined) return owner
  const uuid = delivery.jobId === null ? null : toUuid('job', delivery.jobId)
  if (uuid === null || delivery.token === null) return null
  // Only who knows the token may make a row wait for a lock.
  const named = await trx.selectFrom('job').select('webhook_token').where('id', '=', uuid).executeTakeFirst()
  if (named === undefined || !sameText(named.webhook_token, delivery.token)) return null
  return (
    (await trx.selectFrom('job').selectAll().where('id', '=', uuid).forUpdate().executeTakeFirst()) ?? null
  )
}

/** An account named in the configuration was checked before, and overrules; else the learned one, or it is learned now. */
async function isOurAccount(trx: Trx, delivery: Delivery, forOurJob: boolean): Promise<boolean> {
  const learned = await learnedAccount(trx)
  if (delivery.accountIsPinned) {
    if (learned !== delivery.falUserId) await setAccount(trx, delivery.falUserId)
    return true
  }
  if (learned !== null) return learned === delivery.falUserId
  return !forOurJob || pinAccount(trx, delivery.falUserId)
}

/** What the inbox already knew of this very delivery (same request, same bytes); null when it is new. */
async function insertDelivery(
  trx: Trx,
  delivery: Delivery,
  { uuid, parked, isErased, now }: { uuid: string | null; parked: boolean; isErased: boolean; now: number },
): Promise<'waiting' | 'applied' | null> {
  const bodyHash = createHash('sha256').update(delivery.body).digest()
  const inserted = await trx
    .insertInto('webhook_delivery')
    .values({
      id: newUuid(),
      request_id: delivery.requestId,
      fal_user_id: delivery.falUserId,
      job_id: uuid,
      // Nothing of what an erased job was about comes back in through a repetition.
      body: isErased ? Buffer.alloc(0) : delivery.body,
      body_hash: bodyHash,
      sent_at: new Date(delivery.sentAt),
      received_at: new Date(now),
      state: parked ? 'waiting' : 'applied',
      note: null,
    })
    .onConflict((conflict) => conflict.columns(['request_id', 'body_hash']).doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 1n) return null
  const earlier = await trx
    .selectFrom('webhook_delivery')
    .select(['id', 'state'])
    .where('request_id', '=', delivery.requestId)
    .where('body_hash', '=', bodyHash)
    .executeTakeFirstOrThrow()
  if (earlier.state !== 'waiting') return 'applied'
  // A repetition of a delivery that was parked settles its job, now that it has one.
  if (!parked) {
    await trx
      .updateTable('webhook_delivery')
      .set({ state: 'applied', job_id: uuid })
      .where('id', '=', earlier.id)
      .execute()
  }
  return 'waiting'
}

function sameText(expected: string, given: string): boolean {
  const a = createHash('sha256').update(expected).digest()
  const b = createHash('sha256').update(given).digest()
  return timingSafeEqual(a, b)
}
