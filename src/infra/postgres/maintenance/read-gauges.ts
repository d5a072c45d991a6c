/** Reads the operator's gauges from the database: only rows that are not final, over small partial indexes. */
import { type Kysely, sql } from 'kysely'
import { limitsSlots, type SlotLimits } from '../../../domain/fair-queue.ts'
import { shortRetentionMs } from '../../../domain/poll-schedule.ts'
import type { StoreReadings } from '../../../ports/maintenance/gauges.ts'
import { jobsWithPlace } from '../jobs/admit-jobs.ts'
import type { Database } from '../rows/schema.ts'
import { liveStatusList } from '../rows/status-lists.ts'

/** Counts by state, ages in seconds, and the least time left before FAL forgets a result. */
export async function readGauges(
  db: Kysely<Database>,
  now: number,
  limits: SlotLimits,
): Promise<StoreReadings> {
  const at = new Date(now)
  // Without slot limits the index alone answers the query, so that a scrape does not read every job in flight.
  const state = limitsSlots(limits)
    ? sql`case when submission = 'uncertain' then 'uncertain'
        when turn = 'waiting' and status = 'pending' then 'in_line' else status end`
    : sql`case when submission = 'uncertain' then 'uncertain' else status end`
  const [live, archives, erasures, retention, unmatched, callbacks, owed, slots] = await Promise.all([
    sql<{ state: string; count: number; oldest: Date }>`
      select ${state} as state, count(*)::int as count, min(created_at) as oldest
      from job where status in ${liveStatusList} group by 1`.execute(db),
    sql<{ state: string; count: number; oldest: Date }>`
      select 'archive_' || archive_status as state, count(*)::int as count, min(created_at) as oldest
      from job where archive_status in ('pending', 'failed') group by 1`.execute(db),
    sql<{ state: string; count: number; oldest: Date }>`
      select 'erase_failing' as state, count(*)::int as count, min(created_at) as oldest
      from job where erasing ->> 'failures' is not null having count(*) > 0`.execute(db),
    sql<{ since: Date | null }>`
      select min(fal_completed_at) as since from job
      where next_poll_at is not null and fal_completed_at is not null and result is null`.execute(db),
    sql<{ count: number }>`
      select count(*)::int as count from webhook_delivery where state = 'waiting'`.execute(db),
    sql<{ pending: number; failed: number }>`
      select (select count(*)::int from callback where state = 'pending') as pending,
        (select count(*)::int from callback where state = 'failed') as failed`.execute(db),
    sql<{ micros: number }>`
      select coalesce(sum(owed_micros), 0)::bigint as micros from account where owed_micros > 0`.execute(db),
    readQueues(db, limits),
  ])
  const age = (time: Date) => Math.max(0, (at.getTime() - time.getTime()) / 1000)
  const since = retention.rows[0]?.since ?? null
  return {
    at: now,
    jobs: [...live.rows, ...archives.rows, ...erasures.rows].map(({ state, count, oldest }) => ({
      state,
      count,
      oldestSeconds: age(oldest),
    })),
    retentionSlackSeconds: since === null ? null : shortRetentionMs / 1000 - age(since),
    unmatchedDeliveries: unmatched.rows[0]?.count ?? 0,
    callbacks: callbacks.rows[0] ?? { pending: 0, failed: 0 },
    creditsOwedMicros: owed.rows[0]?.micros ?? 0,
    slots,
  }
}

/** Zeros, without a query, where slots are not limited. */
async function readQueues(db: Kysely<Database>, limits: SlotLimits): Promise<StoreReadings['slots']> {
  const { inAll, perClient } = limits
  if (!limitsSlots(limits)) return { limit: 0, taken: 0, waiting: { places: 0, cap: 0 } }
  const { rows } = await sql<{ taken: number; waiting: number; capped: number }>`
    with line as (
      select client_id, count(*)::int as waiting from job where turn = 'waiting' and status = 'pending' group by 1
    ), busy as (
      select client_id, count(*)::int as taken from (${jobsWithPlace}) as place group by 1
    )
    select coalesce((select sum(taken) from busy), 0)::int as taken,
      coalesce(sum(line.waiting), 0)::int as waiting,
      coalesce(sum(line.waiting) filter (
        where busy.taken >= coalesce(client.max_in_flight, nullif(${perClient}::int, 0))), 0)::int as capped
    from line join client on client.id = line.client_id left join busy on busy.client_id = line.client_id`.execute(
    db,
  )
  const { taken, waiting, capped } = rows[0] ?? { taken: 0, waiting: 0, capped: 0 }
  return { limit: inAll, taken, waiting: { places: waiting - capped, cap: capped } }
}
