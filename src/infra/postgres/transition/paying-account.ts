/** Reads which account pays for the jobs of an owner; the ledger writes what it pays. */
import { sql } from 'kysely'
import type { AccountOwner } from '../../../domain/money/ledger-entry.ts'
import { uuidOf } from '../rows/uuids.ts'

/** The account that is charged for a job of this owner; no row when neither the user nor the client has one. */
export function payerOf({ clientId, userId }: AccountOwner) {
  return sql<{
    id: string
    user_id: string | null
    balance_micros: number
    reserved_micros: number
    owed_micros: number
  }>`
    select id, user_id, balance_micros, reserved_micros, owed_micros from account
    where client_id = ${uuidOf('cli', clientId)} and (user_id is null or user_id = ${userId})
    order by user_id nulls last limit 1`
}
