/** Sums hours of jobs for reports of usage: each hour in a transaction of its own, by one process at a time. */
import { type Kysely, sql } from 'kysely'
import { advisoryLocks } from '../connection/advisory-locks.ts'
import { inTransaction, type Trx } from '../connection/transaction.ts'
import type { Database } from '../rows/schema.ts'
import { firstUuidOf } from '../rows/uuids.ts'
import { hourMs } from '../transition/mark-usage.ts'

/** What is summed of jobs; a job counts as unsettled while FAL's bill of its request is not known. */
export const sums = sql`
  count(*)::bigint as jobs,
  sum(json_array_length(media))::bigint as files,
  sum((select coalesce(sum((file -> 'archive' ->> 'bytes')::numeric), 0) from json_array_elements(media) as file)) as bytes,
  coalesce(sum(estimated_micros), 0) as estimated_micros,
  coalesce(sum(actual_micros) filter (where cost_source is not null), 0) as actual_micros,
  coalesce(sum(charged_micros), 0) as charged_micros,
  count(*) filter (where request_id is not null and cost_source is null and (settled_at is null or status = 'completed')) as unsettled_jobs`

const columns = sql`jobs, files, bytes, estimated_micros, actual_micros, charged_micros, unsettled_jobs`

/** After the end of an hour: a create that was decided within it is committed long before. */
const closedAfterMs = 600_000

/** Returns how many were summed; 0 while another process sums. */
export async function sumHours(db: Kysely<Database>, now: number, limit: number): Promise<number> {
  const hours = await hoursToSum(db, now, limit)
  let summed = 0
  for (const hour of hours) {
    const done = await inTransaction(db, (trx) => sumHour(trx, hour))
    if (!done) break
    summed += 1
  }
  return summed
}

async function hoursToSum(db: Kysely<Database>, now: number, limit: number): Promise<Date[]> {
  const closed = new Date(now - closedAfterMs - hourMs)
  const { rows } = await sql<{ hour: Date }>`
    (select distinct hour from usage_changed where hour <= ${closed} order by hour limit ${limit})
    union
    (select hour from generate_series(
        (select date_trunc('hour', created_at, 'UTC') from job order by id limit 1), ${closed}, interval '1 hour'
      ) as hour
      where not exists (select 1 from usage_summed where usage_summed.hour = hour.hour)
      order by hour desc limit ${limit})
    order by hour desc limit ${limit}`.execute(db)
  return rows.map(({ hour }) => hour)
}

/** A change that commits after the sum was read has its note committed after the deletion of notes: it is summed again. */
async function sumHour(trx: Trx, hour: Date): Promise<boolean> {
  const { rows } = await sql<{ free: boolean }>`
    select pg_try_advisory_xact_lock(${advisoryLocks.usage}) as free`.execute(trx)
  if (rows[0]?.free !== true) return false
  await sql`delete from usage_changed where hour = ${hour}`.execute(trx)
  await sql`delete from usage_hour where hour = ${hour}`.execute(trx)
  await sql`delete from usage_user_hour where hour = ${hour}`.execute(trx)
  await sql`
    insert into usage_user_hour (hour, client_id, user_id, model, kind, status, ${columns})
    select ${hour}, client_id, user_id, model, kind, status, ${sums} from job
    where id >= ${firstUuidOf(hour.getTime())} and id < ${firstUuidOf(hour.getTime() + hourMs)}
    group by client_id, user_id, model, kind, status`.execute(trx)
  await sql`
    insert into usage_hour (hour, client_id, model, kind, status, ${columns})
    select hour, client_id, model, kind, status, sum(jobs), sum(files), sum(bytes), sum(estimated_micros),
      sum(actual_micros), sum(charged_micros), sum(unsettled_jobs)
    from usage_user_hour where hour = ${hour} group by hour, client_id, model, kind, status`.execute(trx)
  await sql`insert into usage_summed (hour) values (${hour}) on conflict do nothing`.execute(trx)
  return true
}
