/**
 * Enforces a key's limit of jobs in flight, those included that FAL may still render after their end: counted in the create's own transaction, so that concurrent creates
 * cannot exceed it.
 */
import { sql } from 'kysely'
import type { Job } from '../../../domain/job.ts'
import { tooManyInFlight } from '../../../domain/money/check-key-limits.ts'
import { advisoryLocks } from '../connection/advisory-locks.ts'
import type { Trx } from '../connection/transaction.ts'
import { liveStatusList } from '../rows/status-lists.ts'
import { uuidOf } from '../rows/uuids.ts'

/** After the insert of `job`, which counts. @throws AppError RATE_LIMITED when there are more than `atMost`. */
export async function refuseTooManyInFlight(trx: Trx, job: Job, atMost: number): Promise<void> {
  if (job.apiKeyId === null) return
  const key = uuidOf('key', job.apiKeyId)
  // Serialize creates of this key until their commit, so that each counts the jobs of the ones before.
  await sql`select pg_advisory_xact_lock(hashtextextended(${key}, ${advisoryLocks.jobsInFlight}))`.execute(
    trx,
  )
  // Two counts, so that each has its partial index.
  const { rows } = await sql<{ jobs: number }>`
    select (
      (select count(*) from job where api_key_id = ${key} and status in ${liveStatusList}) +
      (select count(*) from job where api_key_id = ${key} and open_at_fal)
    )::int as jobs`.execute(trx)
  if ((rows[0]?.jobs ?? 0) > atMost) throw tooManyInFlight(atMost)
}
