/** Transactions whose statements travel together: all or nothing, in order, and nothing after the end. */
import { CompiledQuery, sql } from 'kysely'
import type pg from 'pg'
import t, { type Test } from 'tap'
import { v7 as newUuid } from 'uuid'
import { openDatabase } from '../../../../src/infra/postgres/connection/database.ts'
import {
  inSharedTransaction,
  RolledBack,
} from '../../../../src/infra/postgres/connection/shared-transaction.ts'
import { inTransaction, type Trx } from '../../../../src/infra/postgres/connection/transaction.ts'
import { creation } from '../../../domain/sample-job.ts'
import { createTestDatabase } from '../../../support/database.ts'
import { openStore } from '../../../support/store.ts'

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

/** As if just that statement had been cancelled: what travelled with it runs on its own. */
function failBegin(pool: pg.Pool): void {
  pool.on('acquire', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    const isBegin = (text: unknown): boolean => typeof text === 'string' && text.startsWith('begin')
    Object.assign(client, {
      query: (text: unknown, ...rest: unknown[]) => query(isBegin(text) ? 'select 1 / 0' : text, ...rest),
    })
  })
}

t.test('when begin alone fails, nobody is told that nothing was written', async (t) => {
  const { db, pool, insert, ids } = await openTable(t)
  failBegin(pool)
  const failing = inSharedTransaction(db, (trx) => Promise.all([insert(trx, 1), insert(trx, 1)]))
  const error = await failing.catch((error: unknown) => error)
  t.match(error, { code: '22012' })
  t.notOk(error instanceof RolledBack, 'it may not be tried again as if it had left nothing')
  t.strictSame(await ids(), [1])
})

t.test('when begin alone fails, no job is made and no key is taken: alone and in a group', async (t) => {
  const { store, key, db, pool } = await openStore(t)
  const create = (name: string) =>
    store.create(
      creation({ id: `job_${newUuid()}`, clientId: key.clientId, apiKeyId: key.id, reservedMicros: 0 }),
      { key: name, requestHash: Buffer.from('x'), status: 202, body: '{}' },
    )
  const counts = async () => {
    const { rows } = await sql<{ jobs: number; events: number; keys: number }>`
      select (select count(*)::int from job) as jobs, (select count(*)::int from job_event) as events,
        (select count(*)::int from idempotency) as keys`.execute(db)
    return rows[0]
  }
  t.match(await create('used'), { type: 'created' })
  failBegin(pool)
  for (const names of [['used'], ['new'], ['used', 'new', 'other']]) {
    const answers = await Promise.allSettled(names.map(create))
    for (const answer of answers) t.equal(answer.status, 'rejected', names.join())
  }
  t.strictSame(await counts(), { jobs: 1, events: 1, keys: 1 })
})
