/** Hints between processes: told to the others, survived when strange, made up for when they may have been missed. */
import { EventEmitter, once } from 'node:events'
import pg from 'pg'
import t, { type Test } from 'tap'
import { createSignals } from '../../../../src/infra/postgres/connection/signals.ts'
import { startTcpProxy } from '../../../faults/harness/tcp-proxy.ts'
import { createTestDatabase } from '../../../support/database.ts'
import { quiet } from '../../fal/key-server.ts'

async function setUp(t: Test) {
  const database = await createTestDatabase()
  const real = Number(new URL(database.url).port)
  const state = { up: true }
  const proxy = await startTcpProxy(() => (state.up ? [real] : []))
  const proxied = new URL(database.url)
  proxied.port = String(proxy.port)
  const all: { close(): Promise<void> }[] = []
  t.teardown(async () => {
    for (const signals of all) await signals.close()
    await proxy.close()
    await database.drop()
  })
  return {
    database,
    proxy,
    state,
    async join(url: string) {
      const signals = createSignals({ url, log: quiet })
      all.push(signals)
      await signals.start()
      const heard = new EventEmitter()
      signals.subscribe('job', (key) => heard.emit('hint', key))
      return { signals, next: async () => (await once(heard, 'hint'))[0] as string | null }
    },
    proxied: proxied.href,
  }
}

t.test('a hint reaches the other processes', async (t) => {
  const { database, join } = await setUp(t)
  const [a, b] = [await join(database.url), await join(database.url)]
  const heard = b.next()
  a.signals.publish('job', 'job_1')
  t.equal(await heard, 'job_1')
})

t.test('hints that are on their way when the sender closes still arrive', async (t) => {
  const { database, join } = await setUp(t)
  const [a, b] = [await join(database.url), await join(database.url)]
  const awaited = new Set(Array.from({ length: 3_000 }, (_, n) => `job_${n}`))
  const first = Promise.withResolvers<void>()
  const all = Promise.withResolvers<void>()
  b.signals.subscribe('job', (key) => {
    first.resolve()
    awaited.delete(String(key))
    if (awaited.size === 0) all.resolve()
  })
  // Too many for one message.
  for (const key of awaited) a.signals.publish('job', key)
  await first.promise
  await a.signals.close()
  await all.promise
  t.equal(awaited.size, 0)
})

t.test('what somebody else sends on the channel does no harm', async (t) => {
  const { database, join } = await setUp(t)
  const [a, b] = [await join(database.url), await join(database.url)]
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  for (const strange of ['', 'hello', '{}', 'null', '{"from":"x","hints":5}', '{"from":"x","hints":[1]}'])
    await client.query('select pg_notify($1, $2)', ['fal_jobs', strange])
  await client.end()
  const heard = b.next()
  a.signals.publish('job', 'job_2')
  t.equal(await heard, 'job_2')
})

t.test('after a lost connection everybody looks at everything once', async (t) => {
  const { join, proxied, proxy } = await setUp(t)
  const a = await join(proxied)
  const heard = a.next()
  proxy.cut()
  t.equal(await heard, null)
})

t.test('a process can end while the database is away', async (t) => {
  const { join, proxied, proxy, state } = await setUp(t)
  const a = await join(proxied)
  state.up = false
  proxy.cut()
  const begun = performance.now()
  a.signals.publish('job', 'job_3')
  await a.signals.close()
  t.ok(performance.now() - begun < 2_000)
})

t.test('a process can end while the database says nothing', async (t) => {
  const { join, proxied, proxy } = await setUp(t)
  const a = await join(proxied)
  proxy.freeze()
  const begun = performance.now()
  await a.signals.close()
  t.ok(performance.now() - begun < 2_000)
})
