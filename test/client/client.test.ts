/** The client against the running service: one call a verb, refusals as errors, and no second payment when answers get lost. */
import t from 'tap'
import { createClient, FalJobsError, type Job } from '../../src/client/client.ts'
import { startBench, testKey } from '../support/service.ts'

/** One service for all: starting one takes longer than most tests. */
const bench = await startBench(t)

const clientOf = (options: Partial<Parameters<typeof createClient>[0]> = {}) =>
  createClient({ baseUrl: bench.service.url, apiKey: testKey, ...options })

async function errorFrom(work: Promise<unknown>): Promise<FalJobsError> {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  )
  if (error instanceof FalJobsError) return error
  throw new Error(`expected a FalJobsError, got ${String(error)}`)
}

t.test('create, wait, get and list speak of the same job', async (t) => {
  const client = clientOf()
  const created = await client.create({ model: 'flux-schnell', prompt: 'a pier', metadata: { order: '7' } })
  t.equal(created.status, 'pending')
  const job = await client.waitFor(created.id, { archived: true, timeoutMs: 20_000 })
  t.equal(job.status, 'completed')
  t.equal(job.archive.status, 'archived')
  t.strictSame(await client.get(job.id), job)
  const logged = await client.get(job.id, { logs: true })
  t.ok((logged.logs ?? []).length > 0)
})

t.test('list walks every page, newest first, through its filters', async (t) => {
  const client = clientOf()
  const ids: string[] = []
  for (const order of ['1', '2', '3', '4', '5']) {
    ids.unshift((await client.create({ model: 'flux-schnell', prompt: order, metadata: { batch: 'b' } })).id)
  }
  await client.create({ model: 'flux-schnell', prompt: 'another' })
  const seen: string[] = []
  for await (const job of client.list({ metadata: { batch: 'b' }, limit: 2 })) seen.push(job.id)
  t.strictSame(seen, ids)
})

t.test('a create whose answer is lost is sent again and makes one job', async (t) => {
  let sent = 0
  const client = clientOf({
    async fetch(request) {
      const response = await fetch(request)
      sent += 1
      if (sent > 1) return response
      await response.arrayBuffer()
      throw new TypeError('the connection was cut')
    },
  })
  const job = await client.create({ model: 'flux-schnell', prompt: 'once', metadata: { test: 'lost' } })
  t.equal(sent, 2)
  const jobs: Job[] = []
  for await (const listed of client.list({ metadata: { test: 'lost' } })) jobs.push(listed)
  t.strictSame(
    jobs.map(({ id }) => id),
    [job.id],
  )
})

t.test('a call without a key is not repeated when its answer is lost', async (t) => {
  let sent = 0
  const client = createClient({
    baseUrl: 'http://127.0.0.1:9',
    async fetch() {
      sent += 1
      throw new TypeError('cut')
    },
  })
  await t.rejects(client.api.POST('/api/jobs/{id}/retry', { params: { path: { id: 'job_x' } } }), {
    code: 'NETWORK',
    retryable: true,
  })
  t.equal(sent, 1)
})

t.test('Retry-After is honoured; an answer to come back much later is handed over', async (t) => {
  const answers = [
    new Response(null, { status: 503, headers: { 'retry-after': '0' } }),
    new Response(null, { status: 429, headers: { 'retry-after': '3600' } }),
  ]
  let sent = 0
  const client = createClient({
    baseUrl: 'http://127.0.0.1:9',
    fetch: async () => answers[sent++] ?? new Response(null, { status: 500 }),
  })
  const error = await errorFrom(client.get('job_x'))
  t.equal(sent, 2)
  t.match(error, { status: 429, retryAfterSeconds: 3600, retryable: true, code: 'UNEXPECTED_ANSWER' })
})

t.test('refusals carry the code, the places to fix and the request id', async (t) => {
  const client = clientOf()
  const bad = await errorFrom(client.create({ model: 'flux-schnel', prompt: 'x' }))
  t.match(bad, { code: 'UNKNOWN_MODEL', status: 422, retryable: false, errors: [{ pointer: '/model' }] })
  t.ok(bad.errors[0]?.allowed?.includes('flux-schnell'))
  t.type(bad.requestId, 'string')
  t.match(await errorFrom(client.get('job_00000000-0000-7000-8000-000000000000')), {
    code: 'NOT_FOUND',
    status: 404,
  })
  t.match(await errorFrom(clientOf({ apiKey: async () => 'wrong' }).get('job_x')), {
    code: 'UNAUTHENTICATED',
  })
})

t.test('cancel ends a job; canceling it again is no error, a completed job is one', async (t) => {
  const client = clientOf()
  const { id } = await client.create({ model: 'veo3', prompt: 'a long film [fault:stuck-in-queue]' })
  await client.cancel(id)
  t.equal((await client.waitFor(id, { timeoutMs: 20_000 })).status, 'canceled')
  t.equal((await client.cancel(id)).status, 'canceled')

  const quick = await client.create({ model: 'flux-schnell', prompt: 'done' })
  await client.waitFor(quick.id, { timeoutMs: 20_000 })
  t.match(await errorFrom(client.cancel(quick.id)), { code: 'JOB_FINAL', status: 409, retryable: false })
})

t.test('waitFor gives up in time and stops when told', async (t) => {
  const client = clientOf()
  const { id } = await client.create({ model: 'veo3', prompt: 'never [fault:stuck-in-queue]' })
  t.match(await errorFrom(client.waitFor(id, { timeoutMs: 100 })), { code: 'WAIT_TIMEOUT', retryable: true })
  const controller = new AbortController()
  const waiting = client.waitFor(id, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.rejects(waiting, { message: 'enough' })
})

t.test('answers are not held back for longer than the client waits for them', async (t) => {
  const asked: (string | null)[] = []
  const client = clientOf({
    timeoutMs: 7_000,
    fetch(request) {
      asked.push(request.headers.get('prefer') ?? new URL(request.url).searchParams.get('wait'))
      return fetch(request)
    },
  })
  const job = await client.create({ model: 'flux-schnell', prompt: 'a lock' }, { waitSeconds: 60 })
  t.equal((await client.waitFor(job.id)).status, 'completed')
  t.strictSame(asked, ['wait=2', '2'])
})

t.test('a job token is enough to watch its job, and for nothing else', async (t) => {
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'shown' })
  const { body } = await bench.call('POST', `/api/jobs/${id}/token`, {})
  const client = createClient({ baseUrl: bench.service.url, token: body.token })
  const types: string[] = []
  for await (const event of client.watch(id)) types.push(event.type)
  t.equal(types.at(-1), 'archive.archived')
  t.equal((await client.get(id)).status, 'completed')
  t.match(await errorFrom(client.create({ model: 'flux-schnell', prompt: 'x' })), { code: 'FORBIDDEN' })
})
