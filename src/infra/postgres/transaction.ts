/** One transaction of ours in two guises: typed for our tables, and as plain SQL for the task engine that joins it. */
import { CompiledQuery, type Kysely, type Transaction as KyselyTransaction } from 'kysely'
import type { Transaction } from '../../jobs/ports.ts'
import type { Database } from './schema.ts'

export type Trx = KyselyTransaction<Database>

/** Runs `work` in a transaction: all of it is durable when this resolves, none of it when it rejects. */
export const inTransaction = <T>(db: Kysely<Database>, work: (trx: Trx) => Promise<T>): Promise<T> =>
  db.transaction().execute(work)

/** The same transaction for those who bring their own SQL. */
export function plain(trx: Trx): Transaction {
  return {
    async executeSql(text, values = []) {
      const { rows } = await trx.executeQuery(CompiledQuery.raw(text, values))
      return { rows }
    },
  }
}
