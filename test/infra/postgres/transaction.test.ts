/** Transactions whose statements travel together: all or nothing, in order, and nothing after the end. */
import { CompiledQuery, sql } from 'kysely'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../src/infra/postgres/database.ts'
import { inSharedTransaction, RolledBack } from '../../../src/infra/postgres/shared-transaction.ts'
import { inTransaction, type Trx } from '../../../src/infra/postgres/transaction.ts'
import { createTestDatabase } from '../../support/database.ts'

const log = { warn: () => undefined }

async function openTable(t: Test) {
  const { url, drop } = await createTestDatabase()
  const { db, pool, close } = openDatabase({ url, size: 2, log })
  t.teardown(() => close().then(drop))
  await pool.query('create table thing (id int primary key)')
  const insert = (trx: Trx, id: number) =>
    trx.executeQuery<{ id: number }>(
      CompiledQuery.raw('insert into thing (id) values ($1) returning id', [id]),
    )
  const ids = async () => (await pool.query('select id from thing order by id')).rows.map(({ id }) => id)
  return { db, pool, insert, ids }
}

t.test('statements that start together run in order and become durable together', async (t) => {
  const { db, insert, ids } = await openTable(t)
  const counted = await inTransaction(db, async (trx) => {
    const [, , { rows }] = await Promise.all([
      insert(trx, 1),
      insert(trx, 2),
      sql<{ n: number }>`select count(*)::int as n from thing`.execute(trx),
    ])
    return rows[0]?.n
  })
  t.equal(counted, 2)
  t.strictSame(await ids(), [1, 2])
})

t.test('when one of them fails nothing is written, and its error is the one that is told', async (t) => {
  const { db, insert, ids } = await openTable(t)
  const failing = inTransaction(db, (trx) =>
    Promise.all([insert(trx, 1), insert(trx, 1), insert(trx, 2), insert(trx, 3)]),
  )
  await t.rejects(failing, { code: '23505' })
  t.strictSame(await ids(), [])
  await inTransaction(db, (trx) => insert(trx, 4))
  t.strictSame(await ids(), [4], 'the connection is as good as before')
})

t.test('work that goes on after a failed statement is not told that it was written', async (t) => {
  const { db, insert, ids } = await openTable(t)
  const regardless = inTransaction(db, async (trx) => {
    await insert(trx, 1)
    await Promise.allSettled([insert(trx, 1)])
    return 'done'
  })
  await t.rejects(regardless, { message: /rolled back/ })
  t.strictSame(await ids(), [])
})

t.test('a statement that comes after the end is refused, not run on its own', async (t) => {
  const { db, insert, ids } = await openTable(t)
  const late = Promise.withResolvers<unknown>()
  const failing = inTransaction(db, async (trx) => {
    const straggler = async () => {
      await failing.catch(() => undefined)
      await insert(trx, 2)
    }
    straggler().then(late.resolve, late.reject)
    await Promise.all([insert(trx, 1), insert(trx, 1)])
  })
  await t.rejects(failing, { code: '23505' })
  await t.rejects(late.promise, { message: /after the end/ })
  t.strictSame(await ids(), [])
})

t.test('a connection that is cut under its statements fails them all, once', async (t) => {
  const { db, insert, ids } = await openTable(t)
  const cut = inTransaction(db, (trx) =>
    Promise.all([
      insert(trx, 1),
      sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx),
      insert(trx, 2),
    ]),
  )
  await t.rejects(cut)
  t.strictSame(await ids(), [])
})

t.test('when begin alone fails, nobody is told that nothing was written', async (t) => {
  const { db, pool, insert, ids } = await openTable(t)
  // As if just that statement had been cancelled: what travelled with it runs on its own.
  pool.on('acquire', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    Object.assign(client, {
      query: (text: unknown, ...rest: unknown[]) => query(text === 'begin' ? 'select 1 / 0' : text, ...rest),
    })
  })
  const failing = inSharedTransaction(db, (trx) => Promise.all([insert(trx, 1), insert(trx, 1)]))
  const error = await failing.catch((error: unknown) => error)
  t.match(error, { code: '22012' })
  t.notOk(error instanceof RolledBack, 'it may not be tried again as if it had left nothing')
  t.strictSame(await ids(), [1])
})
