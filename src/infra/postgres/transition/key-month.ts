/**
 * Spending of a limited key in a UTC month: counted in the job's own transactions, so that concurrent creates cannot
 * overspend it.
 */
import { sql } from 'kysely'
import type { Job } from '../../../domain/job.ts'
import { monthIsSpent } from '../../../domain/money/check-key-limits.ts'
import type { Trx } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'

/**
 * Counts `job.budgetMicros` against the month in which the job was created.
 * @throws AppError FORBIDDEN when it does not fit; the transaction must roll back then.
 */
export async function spendMonth(trx: Trx, job: Job, limitMicros: number): Promise<void> {
  if (job.apiKeyId === null) throw new Error('a monthly limit without a key')
  const key = uuidOf('key', job.apiKeyId)
  const month = monthOf(job.createdAt)
  const { rows } = await sql`
    insert into api_key_month as spent (api_key_id, month, cost_micros)
    select ${key}, ${month}, ${job.budgetMicros} where ${job.budgetMicros}::bigint <= ${limitMicros}::bigint
    on conflict (api_key_id, month) do update set cost_micros = spent.cost_micros + excluded.cost_micros
      where spent.cost_micros + excluded.cost_micros <= ${limitMicros}
    returning cost_micros`.execute(trx)
  if (rows.length === 1) return
  const { rows: spent } = await sql<{ cost_micros: number }>`
    select cost_micros from api_key_month where api_key_id = ${key} and month = ${month}`.execute(trx)
  throw monthIsSpent(limitMicros, spent[0]?.cost_micros ?? 0, job.budgetMicros)
}

/** Adds to the month in which the job was created, without checking the limit. */
export async function addToMonth(
  trx: Trx,
  job: Pick<Job, 'apiKeyId' | 'createdAt'>,
  micros: number,
): Promise<void> {
  if (job.apiKeyId === null || micros === 0) return
  await sql`
    update api_key_month set cost_micros = greatest(0, cost_micros + ${micros}::bigint)
    where api_key_id = ${uuidOf('key', job.apiKeyId)} and month = ${monthOf(job.createdAt)}`.execute(trx)
}

/** First day of the UTC month, as PostgreSQL writes a date. */
const monthOf = (time: number): string => `${new Date(time).toISOString().slice(0, 7)}-01`
