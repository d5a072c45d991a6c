/** Inserts rows of the inbox, any number at once; reports which deliveries were duplicates. */
import { hash } from 'node:crypto'
import { sql } from 'kysely'
import { isBodyKept } from '../../../domain/delivery.ts'
import type { Job } from '../../../domain/job.ts'
import type { Delivery } from '../../../ports/job-store.ts'
import type { Trx } from '../connection/transaction.ts'
import { drawUuids, uuidOf } from '../rows/uuids.ts'

export interface InboxEntry {
  delivery: Delivery
  job: Job | null
  /** It is unmatched. */
  isWaiting: boolean
}

export type InboxState = 'waiting' | 'applied'

/** State of duplicate deliveries (same request, same bytes): 'waiting' or 'applied'; new ones are absent. */
export async function insertDeliveries(
  trx: Trx,
  entries: readonly InboxEntry[],
  now: number,
): Promise<Map<Delivery, InboxState>> {
  if (entries.length === 0) return new Map()
  const nextUuid = drawUuids(entries.length)
  const rows = entries.map(({ delivery, job, isWaiting }) => ({
    id: nextUuid(),
    request_id: delivery.requestId,
    fal_user_id: delivery.falUserId,
    job_id: job === null ? null : uuidOf('job', job.id),
    body: isBodyKept(job) ? delivery.body : Buffer.alloc(0),
    body_hash: hash('sha256', delivery.body, 'buffer'),
    sent_at: new Date(delivery.sentAt),
    received_at: new Date(now),
    state: isWaiting ? ('waiting' as const) : ('applied' as const),
    note: null,
  }))
  const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name])
  const inserted = await sql<{ id: string }>`
    insert into webhook_delivery (id, request_id, fal_user_id, job_id, body, body_hash, sent_at, received_at, state)
    select id, request_id, fal_user_id, job_id, body, body_hash, sent_at, received_at, state
    from unnest(${column('id')}::uuid[], ${column('request_id')}::text[], ${column('fal_user_id')}::text[],
      ${column('job_id')}::uuid[], ${column('body')}::bytea[], ${column('body_hash')}::bytea[],
      ${column('sent_at')}::timestamptz[], ${column('received_at')}::timestamptz[], ${column('state')}::text[])
      as given (id, request_id, fal_user_id, job_id, body, body_hash, sent_at, received_at, state)
    on conflict (request_id, body_hash) do nothing returning id`.execute(trx)
  const fresh = new Set(inserted.rows.map(({ id }) => id))
  const known = new Map<Delivery, InboxState>()
  for (const [index, row] of rows.entries()) {
    const entry = entries[index]
    if (entry !== undefined && !fresh.has(row.id)) known.set(entry.delivery, await repeated(trx, row))
  }
  return known
}

/** A duplicate of an unmatched delivery settles its job, once there is one. */
async function repeated(
  trx: Trx,
  row: { request_id: string; body_hash: Buffer; job_id: string | null; state: InboxState },
): Promise<InboxState> {
  const earlier = await trx
    .selectFrom('webhook_delivery')
    .select(['id', 'state'])
    .where('request_id', '=', row.request_id)
    .where('body_hash', '=', row.body_hash)
    .executeTakeFirstOrThrow()
  if (earlier.state !== 'waiting') return 'applied'
  if (row.state === 'applied') {
    await trx
      .updateTable('webhook_delivery')
      .set({ state: 'applied', job_id: row.job_id })
      .where('id', '=', earlier.id)
      .execute()
  }
  return 'waiting'
}
