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
import { payDebt } from './pay-debt.ts'
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
    from payer where balance_micros - reserved_micros >= ${job.reservedMicros} and owed_micros = 0
    returning seq`.execute(trx)
  if (rows.length === 1) return
  const { rows: payers } = await sql<{ available: number; owed: number }>`
    with payer as (${payerOf(job)})
    select balance_micros - reserved_micros as available, owed_micros as owed from payer`.execute(trx)
  const { available: availableMicros = 0, owed: owedMicros = 0 } = payers[0] ?? {}
  throw insufficientCredits(job.reservedMicros, { availableMicros, owedMicros })
}

/** Locks the accounts with reservations of these jobs, always in the same order, so that groups cannot deadlock. */
export async function lockAccounts(trx: Trx, jobIds: readonly string[]): Promise<void> {
  const jobs = jobIds.map((id) => uuidOf('job', id))
  await sql`
    select id from account
    where id in (select account_id from ledger_entry where job_id = any(${jobs}::uuid[]) and type = 'reserve')
    order by id for no key update`.execute(trx)
}

/** A job as its owner's accounts know it. */
type Payable = Pick<Job, 'id' | 'clientId' | 'userId'>

/** Turns the reservation of a rendered job into a charge. What it cost beyond the reservation is charged as well. */
export async function captureCredits(
  trx: Trx,
  job: Payable & Pick<Job, 'reservedMicros'>,
  chargedMicros: number | null,
  now: number,
): Promise<void> {
  const { captured, excess } = settleCapture(job.reservedMicros, chargedMicros)
  await settle(trx, { job, type: 'capture', balanceChange: -captured, now })
  const reason = `cost ${excess} micro-USD more than was reserved`
  await charge(trx, job, { micros: excess, cause: null, reason, now })
}

/** Releases the reservation of a job whose request ended without a render. */
export async function releaseCredits(trx: Trx, job: Payable, now: number): Promise<void> {
  await settle(trx, { job, type: 'release', balanceChange: 0, now })
}

interface Adjustment {
  micros: number
  /** A job is adjusted once for each. */
  cause: 'late' | 'settled' | 'corrected' | null
  reason: string
  now: number
}

/**
 * Charges, or with a negative amount gives back. What the available credit does not cover is owed: a finished job never
 * fails over money, and no render is given away.
 */
export async function charge(trx: Trx, job: Payable, adjustment: Adjustment): Promise<void> {
  if (adjustment.micros === 0) return
  if (await adjust(trx, job, adjustment)) return
  // Its client has no account yet: the job was free by its estimate.
  await trx
    .insertInto('account')
    .values({ id: newUuid(), client_id: uuidOf('cli', job.clientId), user_id: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  if (!(await adjust(trx, job, adjustment))) throw new Error(`${job.id}: no account to charge`)
}

async function adjust(trx: Trx, job: Payable, { micros, cause, reason, now }: Adjustment): Promise<boolean> {
  // Of a charge the available credit pays; of a refund what is owed goes first.
  const paid =
    micros > 0
      ? sql`least(${micros}::bigint, balance_micros - reserved_micros)`
      : sql`${micros}::bigint + least(${-micros}::bigint, owed_micros)`
  const { rows } = await sql<{ account_id: string }>`
    with payer as (
      select id, balance_micros, reserved_micros, owed_micros from account where id = ${accountOf(job)} for no key update
    )
    insert into ledger_entry
      (account_id, id, type, balance_change, reserved_change, owed_change, job_id, cause, reason, created_at)
    select id, ${newUuid()}, 'adjust', -paid, 0, ${micros}::bigint - paid, ${uuidOf('job', job.id)}, ${cause}, ${reason},
      ${new Date(now)}
    from payer, lateral (select ${paid} as paid) as part
    returning account_id`.execute(trx)
  return rows.length === 1
}

/** The account that reserved for the job; else the one that is charged for jobs of its owner. */
const accountOf = (job: Payable) => sql`coalesce(
  (select account_id from ledger_entry where job_id = ${uuidOf('job', job.id)} and type = 'reserve'),
  (select payer.id from (${payerOf(job)}) as payer))`

async function settle(
  trx: Trx,
  entry: { job: Payable; type: 'capture' | 'release'; balanceChange: number; now: number },
): Promise<void> {
  // Without a reservation (rows lost by hand or in a partial restore) nothing is settled, and the job still ends.
  const { rows } = await sql<{ account_id: string; owed: number }>`
    insert into ledger_entry (account_id, id, type, balance_change, reserved_change, job_id, created_at)
    select account_id, ${newUuid()}, ${entry.type}, ${entry.balanceChange}, -reserved_change, job_id, ${new Date(entry.now)}
    from ledger_entry where job_id = ${uuidOf('job', entry.job.id)} and type = 'reserve'
    returning account_id, owed_after as owed`.execute(trx)
  const [row] = rows
  if (row !== undefined && row.owed > 0) await payDebt(trx, row.account_id, entry.now)
}
