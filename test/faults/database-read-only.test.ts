/** A failover leaves sessions read-only, or the password changes: calls get 503, never 500, and the end of it is noticed. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { startBench } from '../support/service.ts'

t.test('a read-only database is 503 and not ready; sessions left over from it are replaced', async (t) => {
  const database = await createTestDatabase()
  const name = new URL(database.url).pathname.slice(1)
  const bench = await startBench(t, { environment: { DATABASE_URL: database.url, ROLE: 'api' } })
  const address = new URL(database.url)
  address.pathname = '/postgres'
  const admin = new pg.Client({ connectionString: address.href })
  await admin.connect()
  t.teardown(async () => {
    await admin.end()
    await database.drop()
  })
  const setReadOnly = (value: 'on' | 'off') =>
    admin.query(`alter database ${name} set default_transaction_read_only = ${value}`)
  const cut = () =>
    admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  const statuses = new Map<number, number>()
  const create = async () => {
    const { status, headers } = await bench.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'x' })
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status === 503) t.ok(headers.get('retry-after'), 'says when to come back')
    return status
  }
  // An answer is shared for a second.
  const ready = async () => {
    await sleep(1_100)
    return (await bench.call('GET', '/readyz')).status
  }
  t.equal(await create(), 202)
  t.equal(await ready(), 200)

  await setReadOnly('on')
  await cut()
  await sleep(200)
  for (let n = 0; n < 8; n++) await Promise.all(Array.from({ length: 10 }, create))
  t.equal(await ready(), 503, 'also where no worker would notice')
  t.equal((await bench.call('GET', '/api/jobs')).status, 200, 'reads go on')
  t.strictSame([...statuses.keys()].sort(), [202, 503], 'no 500 at all')
  t.equal(statuses.get(202), 1)

  // As after a failover by DNS: new sessions may write, and ten old ones may not.
  await setReadOnly('off')
  const begun = performance.now()
  while ((await create()) !== 202 && performance.now() - begun < 10_000) await sleep(50)
  t.ok(performance.now() - begun < 5_000, 'creates work soon after the end')
  const after = await Promise.all(Array.from({ length: 100 }, create))
  t.strictSame(new Set(after), new Set([202]), 'and no session is left that refuses')
  t.equal(await ready(), 200)
  t.notOk(statuses.has(500))

  await setReadOnly('on')
  await cut()
  await sleep(200)
  t.equal(await ready(), 503)
  await setReadOnly('off')
  const unready = performance.now()
  while ((await ready()) !== 200 && performance.now() - unready < 10_000) await sleep(100)
  t.ok(performance.now() - unready < 5_000, 'readiness comes back though no call is sent here meanwhile')
})

t.test('a password that was changed under the service is an outage', async (t) => {
  const database = await createTestDatabase()
  const admin = new pg.Client({ connectionString: database.url })
  await admin.connect()
  const role = `r_${process.pid}`
  await admin.query(`create role ${role} superuser login password 'first'`)
  const address = Object.assign(new URL(database.url), { username: role, password: 'first' })
  const bench = await startBench(t, { environment: { DATABASE_URL: address.href } })
  t.teardown(async () => {
    await admin.query(`drop role ${role}`)
    await admin.end()
    await database.drop()
  })
  await admin.query(`alter role ${role} password 'second'`)
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role])
  await sleep(100)
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => bench.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'x' })),
  )
  for (const answer of answers)
    t.match(answer, { status: 503, body: { code: 'UNAVAILABLE', retryable: true } })
  t.equal((await bench.call('GET', '/readyz')).status, 503)
  t.notOk(
    bench.logLines.some((line) => line.includes('task failed')),
    'no error of a task is logged for it',
  )
})
