/** A start waits for a database that is not there yet, and refuses a pooler that it cannot work through. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { judgeSessions } from '../../src/infra/postgres/connection/probe-sessions.ts'
import { awaitDatabase, checkSessions } from '../../src/process/await-database.ts'
import { startTcpProxy } from '../faults/harness/tcp-proxy.ts'
import { createTestDatabase } from '../support/database.ts'
import { startTransactionPooler } from '../support/transaction-pooler.ts'

/** What was logged, by its message. */
function quiet() {
  const lines: string[] = []
  const say = (_fields: object, text: string) => void lines.push(text)
  return { lines, warn: say, info: say }
}

const away = 'postgres://u:secret@127.0.0.1:1/x'

t.test('a database that comes later is waited for, with a line', async (t) => {
  const database = await createTestDatabase()
  const url = new URL(database.url)
  const real = Number(url.port)
  let isUp = false
  const proxy = await startTcpProxy(() => (isUp ? [real] : []))
  url.port = String(proxy.port)
  t.teardown(async () => {
    await proxy.close()
    await database.drop()
  })
  const log = quiet()
  const waiting = awaitDatabase(url.href, { log, withinMs: 20_000 })
  await sleep(300)
  isUp = true
  await waiting
  t.strictSame(log.lines, ['waiting for the database', 'the database is there'])
  await awaitDatabase(database.url, { log, withinMs: 0 })
  t.equal(log.lines.length, 2, 'nothing is said of one that is there')
})

t.test('one that does not come fails with its own error, a wrong login at once', async (t) => {
  const database = await createTestDatabase()
  t.teardown(() => database.drop())
  await t.rejects(awaitDatabase(away, { log: quiet(), withinMs: 700 }), { code: 'ECONNREFUSED' })
  const denied = Object.assign(new URL(database.url), { password: 'wrong' })
  const begun = performance.now()
  await t.rejects(awaitDatabase(denied.href, { log: quiet(), withinMs: 60_000 }), { code: '28P01' })
  t.ok(performance.now() - begun < 5_000)
})

t.test('one that is read-only is waited for', async (t) => {
  const database = await createTestDatabase()
  const admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  t.teardown(async () => {
    await admin.end()
    await database.drop()
  })
  const name = new URL(database.url).pathname.slice(1)
  await admin.query(`alter database ${name} set default_transaction_read_only = on`)
  await t.rejects(awaitDatabase(database.url, { log: quiet(), withinMs: 0 }), { code: '25006' })
  const waiting = awaitDatabase(database.url, { log: quiet(), withinMs: 20_000 })
  await admin.query('set default_transaction_read_only = off')
  await admin.query(`alter database ${name} reset default_transaction_read_only`)
  await waiting
})

t.test(
  'a pooler that loses statements is refused; one that only shares connections is told of',
  async (t) => {
    const { url, drop } = await createTestDatabase()
    t.teardown(drop)
    const log = quiet()
    await checkSessions(url, { log, hasDirectUrl: false })
    t.strictSame(log.lines, [], 'PostgreSQL itself is fit')
    const forgetful = await startTransactionPooler(t, { url, size: 2 })
    await t.rejects(checkSessions(forgetful.url, { log, hasDirectUrl: true }), {
      message: /loses prepared statements: use its session mode, PgBouncer 1.21 or later/,
    })
    const tracking = await startTransactionPooler(t, { url, size: 2, tracksStatements: true })
    await checkSessions(tracking.url, { log, hasDirectUrl: false })
    t.match(log.lines, [/set DATABASE_DIRECT_URL/])
    t.match(judgeSessions({ isShared: false, keepsStatements: true, keepsSettings: false }, false), {
      refusal: null,
      warnings: [/ALTER ROLE/],
    })
  },
)
