/** Connections come and go; the process stays. */

import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { openDatabase } from '../../../../src/infra/postgres/connection/database.ts'
import { inTransaction } from '../../../../src/infra/postgres/connection/transaction.ts'
import { startTcpProxy } from '../../../faults/harness/tcp-proxy.ts'
import { createTestDatabase } from '../../../support/database.ts'

t.test(
  'a connection that is lost between two statements of a transaction fails that transaction only',
  async (t) => {
    const database = await createTestDatabase()
    const lost: unknown[] = []
    const { db, close } = openDatabase({
      url: database.url,
      size: 2,
      log: { warn: (fields) => void lost.push(fields) },
    })
    const admin = new pg.Client({ connectionString: database.url })
    await admin.connect()
    t.teardown(async () => {
      await admin.end()
      await close()
      await database.drop()
    })
    const transaction = inTransaction(db, async (trx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
      await admin.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      // Nobody has a statement under way when the server says goodbye.
      while (lost.length === 0) await new Promise((settle) => setImmediate(settle))
      await sql`select 1`.execute(trx)
    })
    await t.rejects(transaction)
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(db)
    t.strictSame(rows, [{ one: 1 }], 'the next statement has a new connection')
  },
)

t.test('a transaction that gave way in a deadlock runs again', async (t) => {
  const database = await createTestDatabase()
  const { db, close } = openDatabase({ url: database.url, size: 4, log: { warn() {} } })
  t.teardown(async () => {
    await close()
    await database.drop()
  })
  const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  let runs = 0
  const cross = (first: number, second: number, mine: 0 | 1) =>
    inTransaction(db, async (trx) => {
      runs += 1
      await sql`select pg_advisory_xact_lock(${first})`.execute(trx)
      both[mine].resolve()
      await both[mine === 0 ? 1 : 0].promise
      await sql`select pg_advisory_xact_lock(${second})`.execute(trx)
      return mine
    })
  t.strictSame(await Promise.all([cross(1, 2, 0), cross(2, 1, 1)]), [0, 1])
  t.equal(runs, 3, 'one of the two ran twice')
})

t.test(
  'a server that is gone without a word fails who waits for it, and the next has a new connection',
  async (t) => {
    const database = await createTestDatabase()
    const url = new URL(database.url)
    const real = Number(url.port)
    const proxy = await startTcpProxy(() => [real])
    url.port = String(proxy.port)
    const silenceMs = 700
    const { db, close } = openDatabase({ url: url.href, size: 1, log: { warn() {} }, silenceMs })
    t.teardown(async () => {
      await close()
      await proxy.close()
      await database.drop()
    })
    const ask = async () => (await sql<{ one: number }>`select 1 as one`.execute(db)).rows
    t.strictSame(await ask(), [{ one: 1 }])
    const { pid } = (await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db)).rows[0] ?? {}
    await sleep(2 * silenceMs)
    t.strictSame(
      (await sql`select pg_backend_pid() as pid`.execute(db)).rows,
      [{ pid }],
      'silence without a question is none',
    )
    await sql`select pg_sleep(${silenceMs / 2000})`.execute(db)

    proxy.freeze()
    const begun = performance.now()
    await t.rejects(ask(), { message: /^Connection terminated/ })
    t.ok(performance.now() - begun < 10 * silenceMs)
    t.strictSame(await ask(), [{ one: 1 }])
  },
)
