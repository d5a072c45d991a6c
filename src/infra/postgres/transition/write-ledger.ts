/**
 * The ledger entries of a job's own transactions: reserve when it is accepted, capture or release when it ends, each
 * once.
 */
import { sql } from 'kysely'
import { v7 as newUuid } from 'uuid'
import type { Job } from '../../../domain/job.ts'
import { insufficientCredits, settleCapture } from '../../../domain/money/ledger-entry.ts'
import type { Trx } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'
import { payerOf } from './paying-account.ts'

/**
 * Claims `job.reservedMicros` of the account that pays for the job: its user's, when that user has one, else the
 * client's. The account stays locked until the commit, so call it last.
 * @throws AppError INSUFFICIENT_CREDITS, and then the transaction must roll back.
 */
export async function reserveCredits(trx: Trx, job: Job): Promise<void> {
  const { rows } = await sql`
    with payer as (${payerOf(job)} for update)
    insert into ledger_entry (account_id, id, type, balance_change, reserved_change, job_id, created_at)
    select id, ${newUuid()}, 'reserve', 0, ${job.reservedMicros}, ${uuidOf('job', job.id)}, ${new Date(job.createdAt)}
    from payer where balance_micros - reserved_micros >= ${job.reservedMicros}
    returning seq`.execute(trx)
  if (rows.length === 1) return
  const { rows: payers } = await sql<{ available: number }>`
    with payer as (${payerOf(job)}) select balance_micros - reserved_micros as available from payer`.execute(
    trx,
  )
  throw insufficientCredits(job.reservedMicros, payers[0]?.available ?? 0)
}

/** Locks the accounts with reservations of these jobs, always in the same order, so that groups cannot deadlock. */
export async function lockAccounts(trx: Trx, jobIds: readonly string[]): Promise<void> {
  const jobs = jobIds.map((id) => uuidOf('job', id))
  await sql`
    select id from account
    where id in (select account_id from ledger_entry where job_id = any(${jobs}::uuid[]) and type = 'reserve')
    order by id for no key update`.execute(trx)
}

/**
 * Turns the reservation of a job that completed into a charge. A cost above the reservation is charged as far as
 * there is credit.
 */
export async function captureCredits(
  trx: Trx,
  job: Pick<Job, 'id' | 'reservedMicros'>,
  chargedMicros: number | null,
  now: number,
): Promise<void> {
  const jobId = uuidOf('job', job.id)
  const { captured, excess } = settleCapture(job.reservedMicros, chargedMicros)
  await settle(trx, { jobId, type: 'capture', balanceChange: -captured, now })
  await takeAvailable(trx, {
    jobId,
    micros: excess,
    reason: `cost ${excess} micro-USD more than was reserved`,
    now,
  })
}

/** Charges a render that finished after its job's deadline, when the reservation had been released. */
export async function chargeLate(trx: Trx, job: Pick<Job, 'id'>, micros: number, now: number): Promise<void> {
  const reason = `rendered after its deadline, for ${micros} micro-USD`
  await takeAvailable(trx, { jobId: uuidOf('job', job.id), micros, reason, now })
}

/**
 * Charges the account that reserved for the job. A finished job never fails over money: the charge is limited to the
 * balance.
 */
async function takeAvailable(
  trx: Trx,
  { jobId, micros, reason, now }: { jobId: string; micros: number; reason: string; now: number },
): Promise<void> {
  if (micros === 0) return
  await sql`
    insert into ledger_entry (account_id, id, type, balance_change, reserved_change, job_id, reason, created_at)
    select account.id, ${newUuid()}, 'adjust', -least(${micros}::bigint, balance_micros - reserved_micros), 0, ${jobId},
      ${reason}, ${new Date(now)}
    from account join ledger_entry reserve on reserve.account_id = account.id
    where reserve.job_id = ${jobId} and reserve.type = 'reserve' and balance_micros > reserved_micros`.execute(
    trx,
  )
}

/** Releases the reservation of a job that failed or was canceled. */
export async function releaseCredits(trx: Trx, job: Pick<Job, 'id'>, now: number): Promise<void> {
  await settle(trx, { jobId: uuidOf('job', job.id), type: 'release', balanceChange: 0, now })
}

async function settle(
  trx: Trx,
  entry: { jobId: string; type: 'capture' | 'release'; balanceChange: number; now: number },
): Promise<void> {
  // Without a reservation (rows lost by hand or in a partial restore) nothing is charged, and the job still ends.
  await sql`
    insert into ledger_entry (account_id, id, type, balance_change, reserved_change, job_id, created_at)
    select account_id, ${newUuid()}, ${entry.type}, ${entry.balanceChange}, -reserved_change, job_id, ${new Date(entry.now)}
    from ledger_entry where job_id = ${entry.jobId} and type = 'reserve'`.execute(trx)
}
