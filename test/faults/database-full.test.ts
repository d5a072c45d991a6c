/** The database is full, or has no connection left: whoever asks is told when to come back, and what is in hand is kept. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { taskTable } from '../support/engine-tables.ts'
import { type Answer, startBench } from '../support/service.ts'

t.setTimeout(90_000)
t.jobs = 2

function isTurnedAway(t: Test, answer: Answer, what: string) {
  const told = {
    ...answer,
    type: answer.headers.get('content-type'),
    after: answer.headers.get('retry-after'),
  }
  t.match(
    told,
    {
      status: 503,
      type: /^application\/problem\+json/,
      after: /^[1-9]/,
      body: { code: 'UNAVAILABLE', retryable: true },
    },
    what,
  )
}

async function reached(done: () => boolean): Promise<void> {
  for (let tries = 0; !done(); tries++) {
    if (tries > 1_200) throw new Error(`not reached: ${done}`)
    await sleep(25)
  }
}

t.test(
  'a full disk: creates and webhooks are turned away, what FAL accepted is saved when there is room',
  async (t) => {
    const bench = await startBench(t, { simulator: { speed: 40 } })
    const { db } = bench.service.services.store
    const { admin } = bench.simulator
    const before = await bench.create({ model: 'flux-schnell', prompt: 'before' })
    await bench.settled(before.id)
    // The answer of FAL to its submit comes when the disk is full.
    const prompt = 'caught [fault:submit-slow=4][fault:webhook-lost]'
    const told = await bench.create({ model: 'flux-schnell', prompt: 'told [fault:slow]' })
    const running = await bench.until(told.id, (job) => job.status === 'running')
    const caught = await bench.create({ model: 'flux-schnell', prompt })
    await bench.until(caught.id, (job) => job.submission === 'sending')
    const tables = ['job_event', 'webhook_delivery', 'idempotency', taskTable]
    await sql`create function full_disk() returns trigger language plpgsql as $$
    begin raise disk_full using message = 'could not extend file: No space left on device'; end $$`.execute(
      db,
    )
    for (const table of tables)
      await sql
        .raw(`create trigger full_disk before insert on ${table} execute function full_disk()`)
        .execute(db)

    isTurnedAway(
      t,
      await bench.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: 'no room' }),
      'a create',
    )
    t.match((await bench.get(before.id)).status, 'completed', 'reads go on')
    const requestId = running.fal.requestId ?? ''
    admin.complete(requestId)
    const attempts = () => admin.request(requestId)?.webhooks ?? []
    await reached(() => attempts().length > 0)
    t.equal(attempts()[0]?.statusCode, 503, 'FAL will send its webhook again')
    const saving = () => bench.logLines.filter((line) => line.includes('save failed; will retry')).length
    await reached(() => saving() >= 3)
    t.ok(saving() < 20, 'and not in a storm')
    t.match(await bench.get(caught.id), { status: 'pending', submission: 'sending' })

    for (const table of tables) await sql.raw(`drop trigger full_disk on ${table}`).execute(db)
    t.match(await bench.settled(told.id, 40_000), { status: 'completed', archive: { status: 'archived' } })
    t.match(await bench.settled(caught.id, 40_000), { status: 'completed', archive: { status: 'archived' } })
    t.equal(admin.acceptedFor(prompt), 1, 'paid once')
    t.equal(admin.acceptedFor('no room'), 0)
    const after = await bench.create({ model: 'flux-schnell', prompt: 'after' })
    t.match(await bench.settled(after.id), { status: 'completed' })
  },
)

t.test('no connection left in the pool: answers within seconds, and everything goes on after', async (t) => {
  const bench = await startBench(t, {
    environment: { DATABASE_POOL_SIZE: '3', SHED_DATABASE_WAITING: '0' },
  })
  const { db } = bench.service.services.store
  const slow = await bench.create({ model: 'flux-schnell', prompt: 'long [fault:slow]' })
  await bench.until(slow.id, (job) => job.status === 'running')
  // As queries that never end: nobody else gets a connection.
  const done = Promise.withResolvers<void>()
  const holding = Array.from({ length: 3 }, () => db.connection().execute(() => done.promise))
  const begun = performance.now()
  const answers = await Promise.all([
    ...Array.from({ length: 10 }, (_, n) =>
      bench.call('POST', '/api/jobs', { model: 'flux-schnell', prompt: `crowd ${n}` }),
    ),
    bench.call('GET', `/api/jobs/${slow.id}`),
  ])
  t.ok(performance.now() - begun < 12_000, 'nobody hangs')
  for (const answer of answers) isTurnedAway(t, answer, 'whoever asks')
  t.equal((await bench.call('GET', '/readyz')).status, 503, 'said so')
  t.equal((await bench.call('GET', '/healthz')).status, 200)
  done.resolve()
  await Promise.all(holding)
  t.match(await bench.settled(slow.id, 40_000), { status: 'completed', archive: { status: 'archived' } })
  const after = await bench.create({ model: 'flux-schnell', prompt: 'after the crowd' })
  t.match(await bench.settled(after.id), { status: 'completed' })
})
