/** While the database is away: creates are turned away with a time to come back, readiness says so, and nothing is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createTestDatabase } from '../support/database.ts'
import { startBench } from '../support/service.ts'
import { startTcpProxy } from './harness/tcp-proxy.ts'

t.test('the database goes, every answer says so, it comes back, and everything goes on', async (t) => {
  const database = await createTestDatabase()
  const address = new URL(database.url)
  let up = true
  const real = Number(address.port)
  const proxy = await startTcpProxy(() => (up ? [real] : []))
  address.port = String(proxy.port)
  const bench = await startBench(t, { environment: { DATABASE_URL: address.href } })
  t.teardown(async () => {
    await proxy.close()
    await database.drop()
  })
  const slow = await bench.create({ model: 'flux-schnell', prompt: 'long [fault:slow]' })
  t.equal((await bench.call('GET', '/readyz')).status, 200)

  up = false
  proxy.cut()
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      bench.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: `n ${n}` }),
    ),
  )
  for (const answer of answers) {
    t.equal(answer.status, 503)
    t.match(answer.body, { code: 'UNAVAILABLE', retryable: true })
    t.ok(Number(answer.headers.get('retry-after')) > 0, 'says when to come back')
  }
  // An answer is shared for a second.
  await sleep(1_100)
  t.equal((await bench.call('GET', '/readyz')).status, 503)
  t.equal((await bench.call('GET', '/healthz')).status, 200, 'alive: no reason to be killed')

  up = true
  const begun = performance.now()
  while ((await bench.call('GET', '/readyz')).status !== 200) {
    if (performance.now() - begun > 20_000) throw new Error('not ready again')
    await sleep(50)
  }
  t.match(await bench.settled(slow.id, 40_000), { status: 'completed', archive: { status: 'archived' } })
  t.ok(bench.simulator.admin.acceptedFor('long [fault:slow]') === 1, 'paid once')
  const next = await bench.create({ model: 'flux-schnell', prompt: 'after' })
  t.match(await bench.settled(next.id), { status: 'completed' })
})
