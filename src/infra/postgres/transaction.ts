/** One transaction of ours in two guises: typed for our tables, and as plain SQL for the task engine that joins it. */
import { CompiledQuery, type Kysely, type Transaction as KyselyTransaction, sql } from 'kysely'
import type { Transaction } from '../../jobs/ports.ts'
import type { Database } from './schema.ts'

export type Trx = KyselyTransaction<Database>

/** PostgreSQL chose this transaction to give way: nothing of it is written, and it may simply run again. */
const gaveWay = new Set(['40001', '40P01'])
const mostRuns = 4

/**
 * Runs `work` in a transaction: all of it is durable when this resolves, none of it when it rejects. After a deadlock
 * `work` runs again from its start, so it must leave nothing behind outside of the transaction.
 */
export async function inTransaction<T>(db: Kysely<Database>, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (run === mostRuns || !gaveWay.has(code)) throw error
    }
  }
}

/** The same transaction (or, outside of one, the pool) for those who bring their own SQL. */
export function plain(trx: Pick<Trx, 'executeQuery'>): Transaction {
  return {
    async executeSql(text, values = []) {
      const { rows } = await trx.executeQuery(CompiledQuery.raw(text, values))
      return { rows }
    },
  }
}

/** How long a transaction waits for each of its locks: `brief` where others share it and go alone when it fails. */
export type Patience = 'brief' | 'usual'

const briefMs = 300

/**
 * A condition that is always true and sets the patience for the rest of the transaction. In a statement that is sent
 * anyway it costs no round trip; PostgreSQL evaluates it before the rows. `usual` is the connection's own.
 */
export function patient(patience: Patience) {
  return patience === 'usual'
    ? sql<boolean>`true`
    : sql<boolean>`(select set_config('lock_timeout', ${String(briefMs)}, true)) is not null`
}
