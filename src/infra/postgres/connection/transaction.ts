/** Transactions in two forms: typed for our tables, and as plain SQL for the task engine that joins them. */
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
import { readOnlyState } from '../../../ports/database-trouble.ts'
import type { Transaction } from '../../../ports/tasks.ts'
import type { Database } from '../rows/schema.ts'
import { beginTransaction } from './session-settings.ts'
import { withWritePermit } from './write-permits.ts'

export type Trx = KyselyTransaction<Database>

/** How often a transaction runs again that was rolled back by a serialization failure, as a deadlock victim, or since
 * its session was read-only: the next run has another connection, which may have reached the new primary.
 */
const runsAgain: Record<string, number> = { '40001': 3, '40P01': 3, [readOnlyState]: 1 }

/**
 * Runs `work` in a transaction: all of it is durable when this resolves, none of it when it rejects. After a deadlock
 * `work` runs again from its start, so it must leave nothing behind outside of the transaction.
 * Statements that `work` starts together are pipelined and run in that order, the first ones together with `begin`: a
 * statement whose parameters do not depend on an earlier answer costs no round trip. When one fails, so do those that
 * follow it.
 */
export async function inTransaction<T>(db: Kysely<Database>, work: (trx: Trx) => Promise<T>): Promise<T> {
  try {
    return await transact(db, work)
  } catch (error) {
    throw error instanceof NotBegunError ? error.cause : error
  }
}

/**
 * As `inTransaction`. @throws NotBegunError, after which the pipelined statements may or may not have been written.
 */
export async function transact<T>(db: Kysely<Database>, work: (trx: Trx) => Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await withWritePermit(db, () =>
        db.getExecutor().provideConnection((connection) => runOn(connection, work)),
      )
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : ''
      if (run > (runsAgain[code] ?? 0)) throw error
    }
  }
}

/**
 * Awaits pipelined statements. Rejects with the error of the first that failed in the order given, since the others'
 * errors only follow from it.
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
 * `begin` itself failed. When only that statement was cancelled, the statements pipelined with it ran on their own:
 * like after a failed commit, they may or may not have been written.
 */
export class NotBegunError extends Error {
  constructor(cause: unknown) {
    super('a transaction could not be begun', { cause })
    this.name = 'NotBegunError'
  }
}

/** One message: when it is cancelled, neither statement takes effect. */
const begin = CompiledQuery.raw(beginTransaction)
const commit = CompiledQuery.raw('commit')
const rollback = CompiledQuery.raw('rollback')

/**
 * A condition for statements pipelined with `begin` that must not run on their own: false where `begin` failed and
 * they run without a transaction, so that no job is created without its idempotency key, nor a key without its job.
 */
export const isBegun = `current_setting('fal_jobs.trx', true) = 'begun'`

async function runOn<T>(connection: DatabaseConnection, work: (trx: Trx) => Promise<T>): Promise<T> {
  const begun = connection.executeQuery(begin)
  const { trx, end } = transactionOn(connection)
  begun.catch(end)
  let answer: T
  try {
    // Await both, so that no rejection goes unhandled.
    const [worked, started] = await Promise.allSettled([Promise.resolve(trx).then(work), begun])
    if (started.status === 'rejected') throw new NotBegunError(started.reason)
    if (worked.status === 'rejected') throw worked.reason
    answer = worked.value
  } catch (error) {
    end()
    // On a lost connection this fails too, and the server rolls back by itself: the first error is the cause.
    await rollBack(connection)
    throw error
  }
  end()
  const { rows } = await connection
    .executeQuery<{ command?: string }>(commit)
    .catch(async (error: unknown) => {
      // A cancelled commit leaves the transaction open: roll it back before the connection is reused.
      await rollBack(connection)
      throw error
    })
  // PostgreSQL's answer to a commit when a statement failed and `work` continued.
  if (rows[0]?.command === 'ROLLBACK')
    throw new Error('a transaction with a failed statement was rolled back')
  return answer
}

/** Retries a cancelled rollback: the connection must not be reused inside a failed transaction. */
async function rollBack(connection: DatabaseConnection): Promise<void> {
  const run = () => connection.executeQuery(rollback)
  await run().catch(() => run().catch(() => undefined))
}

/**
 * Kysely's own transactions send each statement only after the answer to the one before it. After `end` every further
 * statement is refused, since it would run outside the transaction.
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
/** Never used: the connection exists already. */
const driver = new DummyDriver()
const dialect = {
  createAdapter: () => adapter,
  createDriver: () => driver,
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => compiler,
}

/** The same transaction (or the pool) for code that brings its own SQL. */
export function plain(trx: Pick<Trx, 'executeQuery'>): Transaction {
  return {
    async executeSql(text, values = []) {
      const { rows } = await trx.executeQuery(CompiledQuery.raw(text, values))
      return { rows }
    },
  }
}

/** Lock timeout of a transaction: `brief` in shared transactions, whose members are retried alone when it fails. */
export type LockTimeout = 'brief' | 'usual'

const briefMs = 300

/**
 * A condition that is always true and sets the lock timeout for the rest of the transaction. As part of a statement
 * that is sent anyway it costs no round trip; PostgreSQL evaluates it before the rows. `usual` is the connection's
 * own timeout.
 */
export function withLockTimeout(lockTimeout: LockTimeout) {
  return lockTimeout === 'usual'
    ? sql<boolean>`true`
    : sql<boolean>`(select set_config('lock_timeout', ${String(briefMs)}, true)) is not null`
}

/** Sets the lock timeout for the rest of the transaction. */
export async function setLockTimeout(trx: Trx, ms: number): Promise<void> {
  await trx.executeQuery(sql`select set_config('lock_timeout', ${String(ms)}, true)`.compile(trx))
}
