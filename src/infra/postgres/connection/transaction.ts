/** One transaction of ours in two guises: typed for our tables, and as plain SQL for the task engine that joins it. */
import {
  CompiledQuery,
  type ConnectionProvider,
  type DatabaseConnection,
  DefaultQueryExecutor,
  DummyDriver,
  type Kysely,
  Transaction as KyselyTransaction,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import type { Transaction } from '../../../ports/tasks.ts'
import type { Database } from '../rows/schema.ts'

export type Trx = KyselyTransaction<Database>

/** PostgreSQL chose this transaction to give way: nothing of it is written, and it may simply run again. */
const gaveWay = new Set(['40001', '40P01'])
const mostRuns = 4

/**
 * Runs `work` in a transaction: all of it is durable when this resolves, none of it when it rejects. After a deadlock
 * `work` runs again from its start, so it must leave nothing behind outside of the transaction.
 *
 * Statements that `work` starts together travel together and run in that order, and its first ones travel with `begin`:
 * a statement whose parameters do not depend on an earlier answer costs no round trip. When one fails, so do those
 * that follow it.
 */
export async function inTransaction<T>(db: Kysely<Database>, work: (trx: Trx) => Promise<T>): Promise<T> {
  try {
    return await transact(db, work)
  } catch (error) {
    throw error instanceof NotBegunError ? error.cause : error
  }
}

/** As `inTransaction`. @throws NotBegunError for whom it matters that this leaves open what is written. */
export async function transact<T>(db: Kysely<Database>, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await db.getExecutor().provideConnection((connection) => runOn(connection, work))
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (run === mostRuns || !gaveWay.has(code)) throw error
    }
  }
}

/**
 * Waits for statements that were started together. What fails is told by the error of the first of them in the order
 * given, since the errors of the others only follow from it.
 */
export async function together<T extends readonly unknown[]>(
  ...work: { [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  const settled = await Promise.allSettled(work)
  const failed = settled.find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return Promise.all(work)
}

/**
 * `begin` itself failed. Where only that statement was cancelled, those that travelled with it ran on their own: what is
 * written is as open as after a failed commit.
 */
export class NotBegunError extends Error {
  constructor(cause: unknown) {
    super('a transaction could not be begun', { cause })
    this.name = 'NotBegunError'
  }
}

/** One message: where it is cancelled, neither happens. */
const begin = CompiledQuery.raw(`begin; set local fal_jobs.trx = 'begun'`)
const commit = CompiledQuery.raw('commit')
const rollback = CompiledQuery.raw('rollback')

/**
 * A condition for statements that travel with `begin` and must not be on their own: false where it failed and they run
 * without a transaction, so that no job is made without its key, or the other way round.
 */
export const isBegun = `current_setting('fal_jobs.trx', true) = 'begun'`

async function runOn<T>(connection: DatabaseConnection, work: (trx: Trx) => Promise<T>): Promise<T> {
  const begun = connection.executeQuery(begin)
  const { trx, end } = transactionOn(connection)
  begun.catch(end)
  let answer: T
  try {
    // Both are waited for, so that neither fails unheard.
    const [worked, started] = await Promise.allSettled([Promise.resolve(trx).then(work), begun])
    if (started.status === 'rejected') throw new NotBegunError(started.reason)
    if (worked.status === 'rejected') throw worked.reason
    answer = worked.value
  } catch (error) {
    end()
    // On a connection that is lost this fails too, and the server has rolled back by itself: the first error says why.
    await rollBack(connection)
    throw error
  }
  end()
  const { rows } = await connection
    .executeQuery<{ command?: string }>(commit)
    .catch(async (error: unknown) => {
      // A commit that was cancelled leaves the transaction open: whoever gets the connection next must not find it so.
      await rollBack(connection)
      throw error
    })
  // What PostgreSQL answers when a statement failed and `work` went on regardless.
  if (rows[0]?.command === 'ROLLBACK')
    throw new Error('a transaction with a failed statement was rolled back')
  return answer
}

/** Cancelled itself it is asked for again: whoever gets the connection next must not find it within a failed transaction. */
async function rollBack(connection: DatabaseConnection): Promise<void> {
  const run = () => connection.executeQuery(rollback)
  await run().catch(() => run().catch(() => undefined))
}

/**
 * Kysely's own transactions send each statement only after the answer to the one before it. After `end` every further
 * statement is refused: it would run on its own.
 */
function transactionOn(connection: DatabaseConnection): { trx: Trx; end: () => void } {
  let ended = false
  const provider: ConnectionProvider = {
    async provideConnection(consumer) {
      if (ended) throw new Error('a statement came after the end of its transaction')
      return consumer(connection)
    },
  }
  const executor = new DefaultQueryExecutor(compiler, adapter, provider)
  return {
    trx: new KyselyTransaction<Database>({ config: { dialect }, dialect, driver, executor }),
    end() {
      ended = true
    },
  }
}

const compiler = new PostgresQueryCompiler()
const adapter = new PostgresAdapter()
/** Never asked: the connection is there. */
const driver = new DummyDriver()
const dialect = {
  createAdapter: () => adapter,
  createDriver: () => driver,
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => compiler,
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
export type LockTimeout = 'brief' | 'usual'

const briefMs = 300

/**
 * A condition that is always true and sets the patience for the rest of the transaction. In a statement that is sent
 * anyway it costs no round trip; PostgreSQL evaluates it before the rows. `usual` is the connection's own.
 */
export function withLockTimeout(patience: LockTimeout) {
  return patience === 'usual'
    ? sql<boolean>`true`
    : sql<boolean>`(select set_config('lock_timeout', ${String(briefMs)}, true)) is not null`
}
