/** PostgreSQL restarts, in order and by a power cut, while 50 creates a second come in: each is answered, none is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startBench, testKey } from '../support/service.ts'
import { startFaultCluster } from './harness/cluster.ts'

const everyMs = 20
/** A caller that waits for longer than this has been left hanging. */
const boundMs = 12_000

interface Told {
  prompt: string
  key: string
  status: number
  retryAfter: number
  contentType: string
  body: { id?: string; code?: string }
  ms: number
}

t.setTimeout(110_000)

t.test(
  '50 creates a second are answered while the database restarts, and each that was accepted ends once',
  async (t) => {
    const cluster = await startFaultCluster(`restart-${process.pid}`)
    t.teardown(() => cluster.stop())
    const bench = await startBench(t, {
      simulator: { speed: 100, script: { settings: { fastSigner: true } } },
      environment: { DATABASE_URL: await cluster.createDatabase(), LOG_LEVEL: 'warn' },
    })
    const create = (prompt: string, key: string) => createTold(bench.service.url, prompt, key)

    const asked: Promise<Told>[] = []
    const load = setInterval(() => {
      const n = asked.length
      const answer = create(`wave ${n}`, `key ${n}`)
      // Looked at when all are in: until then none is unhandled.
      answer.catch(() => undefined)
      asked.push(answer)
    }, everyMs)
    const upMs = 600
    for (const end of [cluster.shutDown, cluster.kill]) {
      await sleep(upMs)
      await end()
      await cluster.start()
    }
    await sleep(2 * upMs)
    clearInterval(load)

    const told = await Promise.all(asked)
    const refused = told.filter(({ status }) => status !== 202)
    const slowest = Math.round(Math.max(...told.map(({ ms }) => ms)))
    t.comment(`${told.length} creates, ${refused.length} turned away, the slowest answer took ${slowest} ms`)
    t.ok(refused.length > 0 && refused.length < told.length, 'turned away while it was down')
    t.ok(
      told.slice(-10).some(({ status }) => status === 202),
      'and taken again when it is back',
    )
    for (const { status, retryAfter, contentType, body } of refused) {
      if (status === 503 && retryAfter > 0 && /^application\/problem\+json/.test(contentType)) continue
      t.fail(`answered ${status} ${contentType}, Retry-After ${retryAfter}: ${JSON.stringify(body)}`)
    }

    // Whoever was turned away comes again with the same key, and pays once, even if the first try was written after all.
    const returning = refused.slice(0, 30)
    const again = await Promise.all(returning.map(({ prompt, key }) => create(prompt, key)))
    t.strictSame(
      again.filter(({ status }) => status !== 202),
      [],
    )
    for (const { prompt, body } of [...told.filter(({ status }) => status === 202), ...again]) {
      const job = await bench.settled(body.id ?? '', 60_000)
      if (job.status !== 'completed' || job.archive.status !== 'archived')
        t.fail(`${prompt} ended ${job.status}, archive ${job.archive.status}: ${JSON.stringify(job.error)}`)
      const paid = bench.simulator.admin.acceptedFor(prompt)
      if (paid !== 1) t.fail(`${prompt} was paid ${paid} times`)
      const ends = (await bench.events(job.id)).filter(({ type }) => type === 'job.completed')
      if (ends.length !== 1) t.fail(`${prompt} completed ${ends.length} times`)
    }
    const ids = new Set([...told, ...again].flatMap(({ body }) => body.id ?? []))
    t.equal(ids.size, told.length - refused.length + again.length, 'one job for each key')
  },
)

async function createTold(url: string, prompt: string, key: string): Promise<Told> {
  const begun = performance.now()
  const response = await fetch(`${url}/api/jobs`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${testKey}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ model: 'flux-schnell', prompt }),
    signal: AbortSignal.timeout(boundMs),
  })
  const body = (await response.json()) as Told['body']
  return {
    prompt,
    key,
    status: response.status,
    retryAfter: Number(response.headers.get('retry-after')),
    contentType: response.headers.get('content-type') ?? '',
    body,
    ms: performance.now() - begun,
  }
}
