/** FAL and the bucket are down for an hour: everything waits without a storm, nothing is given up, and then all of it ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startBucket } from '../infra/archive/s3-server.ts'
import { type Bench, startBench } from '../support/service.ts'
import { letPass } from './harness/let-pass.ts'
import { startTcpProxy } from './harness/tcp-proxy.ts'

t.setTimeout(90_000)
t.jobs = 2

const quarters = 4

/** Waits until `count` is reached; how far it came says what is wrong. */
async function reaches(count: () => Promise<number>, least: number): Promise<void> {
  for (let tries = 0; ; tries++) {
    const reached = await count()
    if (reached >= least) return
    if (tries > 600) throw new Error(`${reached} of ${least}`)
    await sleep(25)
  }
}

const eventsOf = (bench: Bench, id: string, type: string) => async () =>
  (await bench.events(id)).filter((event) => event.type === type).length

t.test('FAL is down for an hour: what waits and what renders both complete, paid once', async (t) => {
  const bench = await startBench(t, { webhooks: false, environment: { POLL_MAX_SECONDS: '120' } })
  const { db } = bench.service.services.store
  const { admin } = bench.simulator
  const rendering = await bench.create({ model: 'flux-schnell', prompt: 'rendering [fault:slow]' })
  await bench.until(rendering.id, (job) => job.status === 'running')
  await admin.down('503')
  const waiting = await bench.create({ model: 'flux-schnell', prompt: 'waiting' })
  const delays = eventsOf(bench, waiting.id, 'job.submit_delayed')
  const looks = async () =>
    (
      await db
        .selectFrom('job')
        .select('poll_attempts')
        .where('id', '=', rendering.id.slice(4))
        .executeTakeFirstOrThrow()
    ).poll_attempts
  await reaches(delays, 1)
  for (let quarter = 0; quarter < quarters; quarter++) {
    const [before, tried] = [await looks(), await delays()]
    await letPass(db, 15)
    await reaches(looks, before + 1)
    await sleep(1_000)
    t.ok((await looks()) - before <= 6, 'looked at, and not in a storm')
    t.ok((await delays()) - tried <= 6, 'tried, and not in a storm')
  }
  t.match(await bench.get(waiting.id), { status: 'pending', error: null })
  t.match(await bench.get(rendering.id), { status: 'running', error: null })
  t.equal((await bench.call('GET', '/readyz')).status, 200, 'FAL being down is no reason to be taken out')

  await admin.up()
  await letPass(db, 15)
  for (const { id } of [waiting, rendering])
    t.match(await bench.settled(id, 40_000), { status: 'completed', archive: { status: 'archived' } })
  for (const prompt of ['waiting', 'rendering [fault:slow]']) t.equal(admin.acceptedFor(prompt), 1)
})

t.test('FAL is down for longer than SUBMIT_GIVE_UP_SECONDS: said so, nothing paid', async (t) => {
  const bench = await startBench(t, { environment: { SUBMIT_GIVE_UP_SECONDS: '3600' } })
  await bench.simulator.admin.down('503')
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'too long' })
  await reaches(eventsOf(bench, id, 'job.submit_delayed'), 1)
  await letPass(bench.service.services.store.db, 61)
  const job = await bench.until(id, ({ status }) => status === 'failed', 40_000)
  t.match(job.error, { code: 'FAL_UNAVAILABLE', retryable: true })
  t.equal(bench.simulator.admin.acceptedFor('too long'), 0)
})

t.test(
  'the bucket is down for an hour: jobs complete, copies wait, and none goes to the shelf',
  async (t) => {
    const { options } = await startBucket(t)
    const real = new URL(options.endpoint ?? '')
    let up = true
    const proxy = await startTcpProxy(() => (up ? [Number(real.port)] : []))
    t.teardown(() => proxy.close())
    const bench = await startBench(t, {
      environment: {
        ARCHIVE_BUCKET: options.bucket,
        S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`,
        S3_REGION: options.region,
        S3_ACCESS_KEY_ID: options.accessKeyId ?? '',
        S3_SECRET_ACCESS_KEY: options.secretAccessKey ?? '',
        S3_FORCE_PATH_STYLE: '1',
      },
    })
    const { db } = bench.service.services.store
    up = false
    proxy.cut()
    const { id } = await bench.create({ model: 'flux-schnell', prompt: 'a harbour', numOutputs: 2 })
    const tries = async () => (await bench.get(id)).archive.attempts
    await reaches(tries, 1)
    t.match(await bench.get(id), {
      status: 'completed',
      archive: { status: 'pending', lastError: /^later: / },
    })
    for (let quarter = 0; quarter < quarters; quarter++) {
      const before = await tries()
      await letPass(db, 15)
      await reaches(tries, before + 1)
      t.ok((await tries()) - before <= 3, 'tried, and not in a storm')
    }
    t.match(await bench.get(id), { status: 'completed', archive: { status: 'pending' } })
    t.strictSame((await bench.call('GET', '/api/shelf')).body.data, [])
    const { status, body } = await bench.call('GET', '/readyz')
    t.match({ status, body }, { status: 200, body: { ready: true, checks: { archive: { ok: false } } } })

    up = true
    await letPass(db, 15)
    t.match(await bench.settled(id, 40_000), {
      archive: { status: 'archived' },
      media: [{ sha256: /^\w{64}$/ }, {}],
    })
  },
)
