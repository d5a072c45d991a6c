/** Places at FAL are scarce: they are never overdrawn, a small client is not behind a big one, and nobody is forgotten. */
import { createHash, randomBytes } from 'node:crypto'
import t from 'tap'
import { v7 as newUuid } from 'uuid'
import { readConfig } from '../../src/config/config.ts'
import type { JobView } from '../../src/jobs/read/job-view.ts'
import { startService } from '../../src/server.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { type Bench, startBench } from '../support/service.ts'

const body = { model: 'flux-schnell', prompt: 'a busy street' }

/** Another client with a key of its own; returns what its calls send. */
async function addClient(bench: Bench, weight = 1): Promise<Record<string, string>> {
  const { db } = bench.service.services.store
  const secret = randomBytes(24).toString('base64url')
  const id = newUuid()
  await db.insertInto('client').values({ id, name: id, turn_weight: weight }).execute()
  await db
    .insertInto('api_key')
    .values({
      id: newUuid(),
      client_id: id,
      name: 'test',
      hash: createHash('sha256').update(secret).digest(),
      prefix: secret.slice(0, 6),
      scopes: ['jobs:read', 'jobs:write'],
    })
    .execute()
  return { authorization: `Bearer ${secret}` }
}

async function medianWaitMs(bench: Bench, headers: Record<string, string>, count: number): Promise<number> {
  const created = await Promise.all(
    Array.from({ length: count }, () => bench.call('POST', '/api/jobs', body, headers)),
  )
  const waits: number[] = []
  for (const { body: job } of created) {
    const done = await untilAs(bench, headers, job.id, (seen) => seen.submittedAt !== null)
    waits.push(Date.parse(done.submittedAt ?? '') - Date.parse(done.createdAt))
  }
  return waits.sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0
}

async function untilAs(
  bench: Bench,
  headers: Record<string, string>,
  id: string,
  done: (job: JobView) => boolean,
): Promise<JobView> {
  const end = Date.now() + 30_000
  for (;;) {
    const { body: job } = await bench.call('GET', `/api/jobs/${id}?wait=1`, undefined, headers)
    if (done(job)) return job
    if (Date.now() > end) throw new Error(`job ${id} did not get there: ${JSON.stringify(job)}`)
    await new Promise((settle) => setTimeout(settle, 20))
  }
}

/** As much as a suite has time for; `JOBS_OF_THE_BIG=2000` for the whole. */
const jobsOfTheBig = Number(process.env.JOBS_OF_THE_BIG ?? 200)

t.test('a small client beside a big one waits at most 3 times what it waits alone', async (t) => {
  const bench = await startBench(t, {
    simulator: { speed: 10, script: { settings: { queueSeconds: 0, imageSeconds: 3 } } },
    environment: { FAL_MAX_IN_FLIGHT: '4', LOG_LEVEL: 'warn' },
  })
  const small = await addClient(bench)
  const alone = await medianWaitMs(bench, small, 10)
  await Promise.all(Array.from({ length: jobsOfTheBig }, () => bench.call('POST', '/api/jobs', body)))
  const beside = await medianWaitMs(bench, small, 10)
  t.comment(`median wait: ${alone} ms alone, ${beside} ms beside a client of ${jobsOfTheBig}`)
  t.ok(beside <= 3 * alone, `${beside} ms against ${alone} ms`)
})

t.test('two replicas never have more at FAL than there are places, and every job ends', async (t) => {
  const environment = { FAL_MAX_IN_FLIGHT: '3', LOG_LEVEL: 'warn' }
  const bench = await startBench(t, { simulator: { speed: 40 }, environment })
  const log = createLogger({ level: 'silent', secrets: [] })
  const second = await startService(readConfig({ ...bench.environment, PORT: '0' }), log)
  t.teardown(() => second.stop())
  const ids = await Promise.all(Array.from({ length: 20 }, async () => (await bench.create(body)).id))
  let most = 0
  const looking = setInterval(() => {
    const { waiting, running } = bench.simulator.admin.totals()
    most = Math.max(most, waiting + running)
  }, 5)
  for (const id of ids) t.equal((await bench.settled(id)).status, 'completed')
  clearInterval(looking)
  t.ok(most <= 3, `${most} at once`)
  for (const id of ids) {
    const [created, admitted, submitted] = await bench.events(id)
    t.match(
      [created, admitted, submitted],
      [
        { type: 'job.created', seq: 1 },
        { type: 'job.admitted', seq: 2, source: 'system', data: { waitedSeconds: Number } },
        { type: 'job.submitted' },
      ],
    )
  }
})

t.test('the place in line is told, a cap of its own is kept, and canceling leaves the line', async (t) => {
  const bench = await startBench(t, {
    simulator: { script: { faults: [{ fault: 'stuck' }] } },
    environment: { FAL_MAX_IN_FLIGHT: '2', FAL_MAX_IN_FLIGHT_PER_CLIENT: '1' },
  })
  const first = await bench.create(body)
  await bench.until(first.id, (job) => job.status === 'running')
  const waiting = [await bench.create(body), await bench.create(body), await bench.create(body)]
  const low = await bench.create({ ...body, queue: { priority: 'low' } })
  const late = await bench.create(body)
  const place = async (job: JobView) => (await bench.get(job.id)).queuePosition
  t.equal(await place(waiting[0] ?? first), 0)
  t.equal(await place(waiting[2] ?? first), 2)
  t.equal(await place(late), 3, 'normal goes before low')
  t.equal(await place(low), 4)

  const other = await addClient(bench)
  const { body: theirs } = await bench.call('POST', '/api/jobs', body, other)
  await untilAs(bench, other, theirs.id, (job) => job.status === 'running')
  t.equal((await bench.get(low.id)).status, 'pending', 'the second place was kept from the first client')

  const canceled = await bench.call('POST', `/api/jobs/${waiting[0]?.id}/cancel`)
  t.equal(canceled.body.status, 'canceled')
  t.equal(await place(late), 2)
  const overdue = await bench.create({ ...body, deadlineSeconds: 1 })
  const ended = await bench.until(overdue.id, (job) => job.status === 'failed')
  t.equal(ended.error?.code, 'DEADLINE', 'in time, not in turn')
})

t.test('when the limit is taken away, those who still wait are let in', async (t) => {
  const bench = await startBench(t, {
    simulator: { speed: 40, script: { faults: [{ fault: 'stuck', times: 1 }] } },
    environment: { FAL_MAX_IN_FLIGHT: '1' },
  })
  const first = await bench.create(body)
  await bench.until(first.id, (job) => job.status === 'running')
  const waiting = await bench.create(body)
  t.equal((await bench.get(waiting.id)).status, 'pending')
  const log = createLogger({ level: 'silent', secrets: [] })
  const environment = { ...bench.environment, PORT: '0', FAL_MAX_IN_FLIGHT: '0' }
  const unlimited = await startService(readConfig(environment), log)
  t.teardown(() => unlimited.stop())
  t.equal((await bench.settled(waiting.id)).status, 'completed')
})
