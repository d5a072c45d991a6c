/** Pays what an account owes from its own credit: no credit is available to new jobs while renders are unpaid. */
import { sql } from 'kysely'
import { v7 as newUuid } from 'uuid'
import type { Trx } from '../connection/transaction.ts'

/** Pays what an account owes as far as credit is available: after a grant, and when a reservation has become free. */
export async function payDebt(trx: Trx, accountId: string, now: number): Promise<void> {
  await sql`
    insert into ledger_entry
      (account_id, id, type, balance_change, reserved_change, owed_change, cause, reason, created_at)
    select id, ${newUuid()}, 'adjust', -paid, 0, -paid, 'debt', 'renders that the credit had not covered', ${new Date(now)}
    from account, lateral (select least(owed_micros, balance_micros - reserved_micros) as paid) as part
    where id = ${accountId} and paid > 0`.execute(trx)
}
