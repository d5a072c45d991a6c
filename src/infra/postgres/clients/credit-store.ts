/** Credit accounts and their ledger. Invariant: repeated grants with one idempotency key grant once. */
import { type Kysely, type Selectable, sql } from 'kysely'
import { v7 as newUuid } from 'uuid'
import { toId, toUuid } from '../../../domain/ids.ts'
import type {
  Account,
  AccountOwner,
  Grant,
  LedgerEntry,
  LedgerType,
} from '../../../domain/money/ledger-entry.ts'
import { ledgerTypes } from '../../../domain/money/ledger-entry.ts'
import type { CreditStore, GrantAnswer } from '../../../ports/credits.ts'
import { type Page, wrongCursor } from '../../../ports/page.ts'
import { inTransaction } from '../connection/transaction.ts'
import type { Database, LedgerEntryTable } from '../rows/schema.ts'
import { uuidOf } from '../rows/uuids.ts'
import { payDebt } from '../transition/pay-debt.ts'
import { payerOf } from '../transition/paying-account.ts'

export function createCreditStore(db: Kysely<Database>): CreditStore {
  return {
    account: (owner) => readAccount(db, owner),
    entries: (owner, page) => listEntries(db, owner, page),
    grant: (grant, now) => grantOnce(db, grant, now),
  }
}

async function readAccount(db: Kysely<Database>, owner: AccountOwner): Promise<Account> {
  const { rows } = await payerOf(owner).execute(db)
  const row = rows[0]
  return {
    clientId: owner.clientId,
    userId: row?.user_id ?? null,
    balanceMicros: row?.balance_micros ?? 0,
    reservedMicros: row?.reserved_micros ?? 0,
    owedMicros: row?.owed_micros ?? 0,
  }
}

/** Newest first, of the account that `readAccount` shows. */
async function listEntries(
  db: Kysely<Database>,
  owner: AccountOwner,
  page: { limit: number; cursor: string | null },
): Promise<Page<LedgerEntry>> {
  const { rows: payers } = await payerOf(owner).execute(db)
  const account = payers[0]
  if (account === undefined) return { data: [], nextCursor: null }
  let query = db
    .selectFrom('ledger_entry')
    .selectAll()
    .where('account_id', '=', account.id)
    .orderBy('seq', 'desc')
    .limit(page.limit + 1)
  if (page.cursor !== null) query = query.where('seq', '<', seqOfCursor(page.cursor))
  const rows = await query.execute()
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    data: shown.map(entryOfRow),
    nextCursor: rows.length > page.limit && last !== undefined ? String(last.seq) : null,
  }
}

async function grantOnce(db: Kysely<Database>, grant: Grant, now: number): Promise<GrantAnswer> {
  const client = toUuid('cli', grant.clientId)
  if (client === null || !(await clientExists(db, client))) return { type: 'no_client' }
  try {
    const entry = await inTransaction(db, async (trx) => {
      await trx
        .insertInto('account')
        .values({ id: newUuid(), client_id: client, user_id: grant.userId })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const account = await trx
        .selectFrom('account')
        .select('id')
        .where('client_id', '=', client)
        .where('user_id', grant.userId === null ? 'is' : '=', grant.userId)
        .executeTakeFirstOrThrow()
      const granted = await trx
        .insertInto('ledger_entry')
        .values({
          account_id: account.id,
          id: newUuid(),
          type: 'grant',
          balance_change: grant.amountMicros,
          reserved_change: 0,
          job_id: null,
          reason: grant.reason,
          granted_by: uuidOf('cli', grant.grantedBy),
          grant_key: grant.key,
          created_at: new Date(now),
        })
        .returningAll()
        .executeTakeFirstOrThrow()
      if (granted.owed_after > 0) await payDebt(trx, account.id, now)
      return granted
    })
    return { type: 'granted', entry: entryOfRow(entry) }
  } catch (error) {
    // The key was used before: the grant was rolled back, and the first one is the answer.
    if (grant.key === null || !isRepeatedKey(error)) throw error
    return earlierGrant(db, grant, client)
  }
}

async function clientExists(db: Kysely<Database>, id: string): Promise<boolean> {
  const row = await db.selectFrom('client').select('id').where('id', '=', id).executeTakeFirst()
  return row !== undefined
}

async function earlierGrant(db: Kysely<Database>, grant: Grant, client: string): Promise<GrantAnswer> {
  const { rows } = await sql<Selectable<LedgerEntryTable> & { client_id: string; user_id: string | null }>`
    select "entry".*, account.client_id, account.user_id
    from ledger_entry entry join account on account.id = entry.account_id
    where entry.granted_by = ${uuidOf('cli', grant.grantedBy)} and entry.grant_key = ${grant.key}`.execute(db)
  const earlier = rows[0]
  if (earlier === undefined) throw new Error('a grant was refused as a repetition but does not exist')
  const same =
    earlier.balance_change === grant.amountMicros &&
    earlier.reason === grant.reason &&
    earlier.client_id === client &&
    earlier.user_id === grant.userId
  return same ? { type: 'replayed', entry: entryOfRow(earlier) } : { type: 'key_reused' }
}

function isRepeatedKey(error: unknown): boolean {
  return error instanceof Error && 'constraint' in error && error.constraint === 'ledger_grant_once'
}

function entryOfRow(row: Selectable<LedgerEntryTable>): LedgerEntry {
  return {
    id: toId('led', row.id),
    seq: row.seq,
    type: typeOf(row.type),
    balanceChange: row.balance_change,
    reservedChange: row.reserved_change,
    balanceAfter: row.balance_after,
    reservedAfter: row.reserved_after,
    owedChange: row.owed_change,
    owedAfter: row.owed_after,
    jobId: row.job_id === null ? null : toId('job', row.job_id),
    reason: row.reason,
    createdAt: row.created_at.getTime(),
  }
}

function typeOf(text: string): LedgerType {
  const type = ledgerTypes.find((known) => known === text)
  if (type === undefined) throw new Error(`unknown ledger type ${text}`)
  return type
}

function seqOfCursor(cursor: string): number {
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  throw wrongCursor()
}
