/** Replicas whose clocks are a quarter of an hour off, both ways, beside one that is right: they work as one. */
import t, { type Test } from 'tap'
import { readTasks } from '../support/engine-tables.ts'
import { freePort } from '../support/free-port.ts'
import { startReceiver } from '../support/receiver.ts'
import { type Answer, type Bench, startBench, testKey } from '../support/service.ts'
import { type ServiceProcess, startServiceProcess } from '../support/service-process.ts'

const preload = new URL('./harness/skew-preload.ts', import.meta.url).href
const quarterMs = 15 * 60_000
const kinds = ['plain', '[fault:webhook-lost]', '[fault:webhook-duplicate]', 'deadline']

t.setTimeout(90_000)

t.test('what one replica writes another reads at the same time, however wrong their clocks', async (t) => {
  const bench = await startBench(t, { environment: { POLL_MAX_SECONDS: '5' } })
  const receiver = await startReceiver(t)
  const { db } = bench.service.services.store
  const [fast, slow] = await Promise.all(
    [quarterMs, -quarterMs].map((offMs) => startReplica(t, bench, offMs)),
  )
  if (!fast || !slow) throw new Error('two replicas were started')
  t.match(fast.logLines.join(), '"databaseAheadSeconds":-900', 'its clock is really wrong')
  t.match(slow.logLines.join(), '"databaseAheadSeconds":900')
  const replicas = [bench.service.url, fast.url, slow.url]

  const begun = Date.now()
  const jobs = await Promise.all(
    replicas.flatMap((_, first) =>
      kinds.map((kind) => createAcross(t, replicas, { first, kind, callbackUrl: receiver.url })),
    ),
  )
  for (const { id, kind } of jobs) {
    t.match(await bench.settled(id, 40_000), { status: 'completed', archive: { status: 'archived' } }, kind)
    const events = await bench.events(id)
    const times = events.map(({ createdAt }) => Date.parse(String(createdAt)))
    t.ok(
      Math.min(...times) > begun - 2_000 && Math.max(...times) < Date.now() + 2_000,
      'a history of our time',
    )
    const end = events.find(({ type }) => type === 'job.completed')
    if (kind === 'plain') t.equal(end?.source, 'webhook', 'FAL’s webhook counts as fresh at every replica')
  }
  for (const { prompt } of jobs)
    t.equal(bench.simulator.admin.acceptedFor(prompt), 1, `${prompt} is paid once`)

  const listed: { id: string; createdAt: string }[] = (await bench.call('GET', '/api/jobs?limit=100')).body
    .data
  const byTime = listed.toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
  t.strictSame(
    listed.map(({ createdAt }) => createdAt),
    byTime.map(({ createdAt }) => createdAt),
    'newest first, whoever made them',
  )

  await receiver.until(jobs.length)
  for (const { headers } of receiver.received) {
    const signedAt = Number(headers['webhook-timestamp']) * 1000
    t.ok(Math.abs(signedAt - Date.now()) < 90_000, 'a callback that its receiver takes for fresh')
  }
  const twice = (await readTasks(db)).filter(
    ({ queue, retryCount }) => retryCount > 0 && ['submit', 'archive', 'callback'].includes(queue),
  )
  t.strictSame(twice, [], 'no lease was taken for over, no task ran twice')
  for (const { url } of [fast, slow]) t.equal((await fetch(`${url}/readyz`)).status, 200)
})

async function startReplica(t: Test, bench: Bench, offMs: number): Promise<ServiceProcess> {
  const port = await freePort()
  const environment = {
    ...bench.environment,
    PORT: String(port),
    APP_URL: `http://127.0.0.1:${port}`,
    LOG_LEVEL: 'info',
    CLOCK_OFF_MS: String(offMs),
  }
  return startServiceProcess(t, environment, { flags: ['--import', preload] })
}

/** Quotes at one replica, creates at the next, repeats the create at the one after, and reads by a token made there. */
async function createAcross(
  t: Test,
  replicas: readonly string[],
  { first, kind, callbackUrl }: { first: number; kind: string; callbackUrl: string },
): Promise<{ id: string; kind: string; prompt: string }> {
  const [url = '', next = '', last = ''] = [0, 1, 2].map((step) => replicas[(first + step) % replicas.length])
  const prompt = `${kind} of ${first}`
  const body = {
    model: 'flux-schnell',
    prompt,
    callbackUrl,
    callbackEvents: ['job.completed'],
    ...(kind === 'deadline' ? { deadlineSeconds: 60 } : {}),
  }
  const quote = await call(url, 'POST', '/api/jobs/quote', body)
  t.equal(quote.status, 200)
  const bound = { ...body, quoteId: quote.body.quoteId }
  const key = { 'idempotency-key': prompt }
  const created = await call(next, 'POST', '/api/jobs', bound, key)
  t.equal(created.status, 202, JSON.stringify(created.body))
  const again = await call(last, 'POST', '/api/jobs', bound, key)
  t.match(again, { status: 202, body: { id: created.body.id } })
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  const token = await call(last, 'POST', `/api/jobs/${created.body.id}/token`, { expiresInSeconds: 60 })
  const looked = await call(url, 'GET', `/api/jobs/${created.body.id}?token=${token.body.token}`)
  t.equal(looked.status, 200, 'a token for a minute is good for a minute everywhere')
  return { id: String(created.body.id), kind, prompt }
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
