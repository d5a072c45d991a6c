/** Queries for reconciliation: rows that contradict each other. In normal operation all are empty. */
import { type Kysely, sql } from 'kysely'
import { toId } from '../../../domain/ids.ts'
import { finalStatuses } from '../../../domain/job.ts'
import type { Inconsistencies, LostReservation } from '../../../ports/maintenance/inconsistencies.ts'
import { jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import type { Database } from '../rows/schema.ts'
import { finalStatusList } from '../rows/status-lists.ts'
import { uuidOf } from '../rows/uuids.ts'

const withoutResult = finalStatuses.filter((status) => status !== 'completed')

export function createInconsistencies(db: Kysely<Database>): Inconsistencies {
  return {
    async unwatched(limit) {
      const rows = await db
        .selectFrom('job')
        .select('id')
        .where('next_poll_at', 'is', null)
        // Each part has a partial index, since few jobs are not final.
        .where((or) =>
          or.or([
            or('status', '=', 'running'),
            or.and([or('status', '=', 'pending'), or('submission', '=', 'uncertain')]),
            or.and([or('open_at_fal', '=', true), or('submission', 'in', ['accepted', 'uncertain'])]),
          ]),
        )
        .limit(limit)
        .execute()
      return rows.map((row) => toId('job', row.id))
    },

    async runningSince(before, { limit, after }) {
      let query = db
        .selectFrom('job')
        .select(jobColumns)
        .where('status', '=', 'running')
        .where('updated_at', '<', new Date(before))
        .orderBy('id')
        .limit(limit)
      if (after !== null) query = query.where('id', '>', uuidOf('job', after))
      return (await query.execute()).map(jobOfRow)
    },

    async givenUp(since, { limit, after }) {
      let query = db
        .selectFrom('job')
        .select(jobColumns)
        .where('submission', '=', 'uncertain')
        .where('status', 'in', withoutResult)
        .where('erased_at', 'is', null)
        .where('created_at', '>=', new Date(since))
        .orderBy('id')
        .limit(limit)
      if (after !== null) query = query.where('id', '>', uuidOf('job', after))
      return (await query.execute()).map(jobOfRow)
    },

    unclaimedDeliveries: (before, limit) => unclaimedDeliveries(db, before, limit),

    async setAside(deliveryIds) {
      await db
        .updateTable('webhook_delivery')
        .set({ state: 'unusable', note: 'no job of ours has this request' })
        .where('id', 'in', [...deliveryIds])
        .where('state', '=', 'waiting')
        .execute()
    },

    unsettledReservations: (limit) => unsettledReservations(db, limit),
  }
}

async function unclaimedDeliveries(
  db: Kysely<Database>,
  before: number,
  limit: number,
): Promise<{ id: string; requestId: string }[]> {
  const rows = await db
    .selectFrom('webhook_delivery')
    .select(['id', 'request_id'])
    .where('state', '=', 'waiting')
    .where('received_at', '<', new Date(before))
    .where((or) =>
      or.not(
        or.exists(
          or
            .selectFrom('job')
            .select('job.id')
            .whereRef('job.request_id', '=', 'webhook_delivery.request_id'),
        ),
      ),
    )
    .orderBy('received_at')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ id: row.id, requestId: row.request_id }))
}

/** In one statement, so that a job and its reservation are of one moment. */
async function unsettledReservations(db: Kysely<Database>, limit: number): Promise<LostReservation[]> {
  const lost = sql<{ job_id: string; ledger_reserved: number }>`(
    select job.id as job_id, reserve.reserved_change as ledger_reserved
    from ledger_entry reserve join job on job.id = reserve.job_id
    where reserve.type = 'reserve' and job.status in ${finalStatusList} and not job.open_at_fal
      and not exists (select 1 from ledger_entry settled
        where settled.job_id = job.id and settled.type in ('capture', 'release'))
    limit ${limit})`.as('lost')
  const rows = await db
    .selectFrom(lost)
    .innerJoin('job', 'job.id', 'lost.job_id')
    .select(jobColumns)
    .select('lost.ledger_reserved')
    .execute()
  return rows.map(({ ledger_reserved, ...row }) => ({ job: jobOfRow(row), reservedMicros: ledger_reserved }))
}
