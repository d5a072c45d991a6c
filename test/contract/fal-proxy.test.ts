/** FAL's official client, unchanged and only told of a proxyUrl, runs on this service as it does on FAL. */
import { ApiError, createFalClient, type FalClient, type QueueStatus, ValidationError } from '@fal-ai/client'
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { startService } from '../../src/server.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { type Bench, falKey, startBench, testKey } from '../support/service.ts'
import { checkedProxyFetch } from './redirected-fetch.ts'

/** All that a frontend does: the proxy's URL, and a key of ours in a header. */
function clientOf(bench: Bench, key = testKey, headers: Record<string, string> = {}): FalClient {
  return createFalClient({
    proxyUrl: { url: new URL('/api/fal/proxy', bench.service.url).href, when: 'always' },
    fetch: checkedProxyFetch(new URL(bench.service.url).origin),
    requestMiddleware: async (request) => ({
      ...request,
      headers: { ...request.headers, 'x-fal-jobs-token': key, ...headers },
    }),
  })
}

/** One service for all that needs no settings of its own; starting one takes longer than most tests. */
const bench = await startBench(t)

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

async function jobsWith(prompt: string): Promise<{ id: string; params: { prompt?: string } }[]> {
  const { data } = (await bench.call('GET', '/api/jobs?limit=100')).body
  return data.filter((job: { params: { prompt?: string } }) => job.params.prompt === prompt)
}

t.test('subscribe by polling makes one archived job and ends with our links', async (t) => {
  const statuses = new Set<string>()
  let enqueued = ''
  let logLines = 0
  const result = await clientOf(bench).subscribe('fal-ai/flux/dev', {
    input: { prompt: 'a lighthouse', num_images: 2 },
    logs: true,
    pollInterval: 30,
    onEnqueue: (requestId) => {
      enqueued = requestId
    },
    onQueueUpdate: (status: QueueStatus) => {
      statuses.add(status.status)
      if ('logs' in status) logLines = Math.max(logLines, status.logs?.length ?? 0)
    },
  })
  const jobs = await jobsWith('a lighthouse')
  t.strictSame(
    jobs.map(({ id }) => id),
    [`job_${enqueued}`],
    'the request id is our job',
  )
  t.equal(result.requestId, enqueued)
  t.ok(statuses.has('COMPLETED'))
  t.equal(logLines, 11)
  const job = await bench.get(`job_${enqueued}`)
  t.equal(job.archive.status, 'archived')
  const links = result.data.images.map(({ url }) => new URL(url).pathname)
  t.strictSame(
    links,
    job.media.map(({ archiveUrl }) => new URL(archiveUrl ?? '').pathname),
  )
  t.equal((await fetch(result.data.images[0]?.url ?? '')).status, 200, 'the link needs no key')
})

t.test('subscribe by streaming sees queue, progress and completion, each log line once', async (t) => {
  const statuses = new Set<string>()
  let logLines = 0
  const result = await clientOf(bench).subscribe('fal-ai/flux/dev', {
    input: { prompt: 'a stream' },
    mode: 'streaming',
    logs: true,
    onQueueUpdate: (status: QueueStatus) => {
      statuses.add(status.status)
      if ('logs' in status) logLines = status.logs?.length ?? 0
    },
  })
  t.equal(result.data.images.length, 1)
  t.equal([...statuses].at(0), 'IN_QUEUE')
  t.equal([...statuses].at(-1), 'COMPLETED')
  t.equal(logLines, 11)
})

t.test('submit, status, result and cancel speak FAL', async (t) => {
  const bench = await startBench(t, { simulator: { speed: 1 } })
  const { queue } = clientOf(bench)
  const endpoint = 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video'
  const submitted = await queue.submit(endpoint, {
    input: { prompt: 'waves [fault:stuck-in-queue]' },
    priority: 'low',
    hint: 'lora-a',
    startTimeout: 600,
  })
  t.match(submitted, { status: 'IN_QUEUE', queue_position: 0, request_id: /^[0-9a-f-]{36}$/ })
  t.match(submitted.status_url, '/fal-ai/kling-video/requests/')
  const { request_id: requestId } = submitted
  const status = await queue.status(endpoint, { requestId })
  t.match(status, { status: 'IN_QUEUE', request_id: requestId, logs: null })
  t.match(await errorOf(queue.result(endpoint, { requestId })), { status: 400 })
  const job = await bench.until(`job_${requestId}`, ({ fal }) => fal.requestId !== null)
  const sent = bench.simulator.admin.request(job.fal.requestId ?? '')
  t.match(sent, { endpointId: endpoint })

  await queue.cancel(endpoint, { requestId })
  await bench.until(`job_${requestId}`, ({ status }) => status === 'canceled')
  t.match(await queue.status(endpoint, { requestId }), {
    status: 'COMPLETED',
    error_type: 'client_cancelled',
  })
  t.match(await errorOf(queue.result(endpoint, { requestId })), { status: 499 })
  t.match(await errorOf(queue.cancel(endpoint, { requestId })), {
    status: 400,
    body: { status: 'ALREADY_COMPLETED' },
  })
})

t.test('an upload goes to FAL with our key and comes back as a URL', async (t) => {
  const url = await clientOf(bench).storage.upload(new File(['hello'], 'a.txt', { type: 'text/plain' }))
  t.equal(await (await fetch(url)).text(), 'hello')
  t.notOk(url.includes(falKey))
})

t.test(
  "a refused input is FAL's ValidationError, from us at submit and from the model at the result",
  async (t) => {
    const client = clientOf(bench)
    const ours = await errorOf(
      client.subscribe('fal-ai/veo3', {
        input: { prompt: 'clip', duration: '7s' as '8s' },
        pollInterval: 20,
      }),
    )
    t.ok(ours instanceof ValidationError)
    if (ours instanceof ValidationError) t.equal(ours.getFieldErrors('duration').length, 1)
    const missing = await errorOf(client.queue.submit<string>('fal-ai/flux/dev', {}))
    t.ok(missing instanceof ValidationError)
    if (missing instanceof ValidationError) {
      t.match(missing.fieldErrors, [{ loc: ['body', 'prompt'], type: 'missing' }])
    }
    t.strictSame(await jobsWith('clip'), [], 'nothing was accepted')

    const theirs = await errorOf(
      client.subscribe('fal-ai/flux/dev', {
        input: { prompt: 'x [fault:content-policy]' },
        pollInterval: 20,
      }),
    )
    t.ok(theirs instanceof ValidationError)
    if (theirs instanceof ValidationError) t.equal(theirs.fieldErrors[0]?.type, 'content_policy_violation')
  },
)

t.test('unknown requests, foreign jobs and unknown apps are not found', async (t) => {
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'mine' })
  const { body: other } = await bench.call('POST', '/api/keys', {
    name: 'other',
    scopes: ['jobs:read', 'jobs:write'],
  })
  const requestId = id.slice('job_'.length)
  const foreign = await errorOf(clientOf(bench, other.key).queue.status('fal-ai/flux/schnell', { requestId }))
  t.ok(foreign instanceof ApiError)
  t.match(foreign, { status: 404, body: { status: 'NOT_FOUND' } })
  const unknown = { requestId: '00000000-0000-4000-8000-000000000000' }
  t.match(await errorOf(clientOf(bench).queue.status('fal-ai/flux/dev', unknown)), { status: 404 })
})

t.test('a job token may follow its own job; keys may do what their scopes say', async (t) => {
  const { id } = await bench.create({ model: 'flux-schnell', prompt: 'shown' })
  await bench.settled(id)
  const other = await bench.create({ model: 'flux-schnell', prompt: 'hidden' })
  const { body } = await bench.call('POST', `/api/jobs/${id}/token`, {})
  const requestId = id.slice('job_'.length)
  const client = clientOf(bench, body.token)
  t.match(await client.queue.result('fal-ai/flux/schnell', { requestId }), { requestId })
  const refused = [
    () => client.queue.status('fal-ai/flux/schnell', { requestId: other.id.slice('job_'.length) }),
    () => client.queue.cancel('fal-ai/flux/schnell', { requestId }),
    () => client.queue.submit('fal-ai/flux/schnell', { input: { prompt: 'x' } }),
    () => client.storage.upload(new Blob(['x'], { type: 'text/plain' })),
  ]
  for (const call of refused) t.match(await errorOf(call()), { status: 403 })
  t.match(await errorOf(clientOf(bench, 'wrong').queue.status('a/b', { requestId })), { status: 401 })

  const { body: reader } = await bench.call('POST', '/api/keys', { name: 'reader', scopes: ['jobs:read'] })
  t.match(
    await errorOf(
      clientOf(bench, reader.key).queue.submit('fal-ai/flux/schnell', { input: { prompt: 'x' } }),
    ),
    { status: 403 },
  )
})

t.test('only allowed models run, and browsers of an allowed origin may cancel', async (t) => {
  const bench = await startBench(t, {
    environment: { PROXY_ALLOWED_MODELS: 'fal-ai/flux/*, veo3', CORS_ORIGINS: 'https://app.example.com' },
  })
  const { queue } = clientOf(bench)
  await queue.submit('fal-ai/flux/schnell', { input: { prompt: 'x' } })
  await queue.submit('fal-ai/veo3', { input: { prompt: 'x' } })
  t.match(await errorOf(queue.submit('fal-ai/flux-krea', { input: { prompt: 'x' } })), { status: 403 })
  t.match(await errorOf(queue.submit('other/app', { input: {} })), { status: 403 })

  const response = await fetch(new URL('/api/fal/proxy', bench.service.url), {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example.com',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'x-fal-target-url,x-fal-jobs-token,content-type',
    },
  })
  t.equal(response.status, 204)
  t.match(response.headers.get('access-control-allow-methods') ?? '', /PUT/)
  t.match(response.headers.get('access-control-allow-headers') ?? '', /x-fal-target-url/)
})

t.test('with an idempotency key a repeated submit is the same job', async (t) => {
  const client = clientOf(bench)
  const headers = { 'Idempotency-Key': 'order-7' }
  const submit = () => client.queue.submit('fal-ai/flux/schnell', { input: { prompt: 'once only' }, headers })
  const first = await submit()
  t.equal((await submit()).request_id, first.request_id)
  t.equal((await jobsWith('once only')).length, 1)

  // A key that cannot be kept must not become a job without one: its repetition would pay again.
  const long = { 'Idempotency-Key': 'x'.repeat(256) }
  const input = { prompt: 'never made' }
  const refused = await errorOf(client.queue.submit('fal-ai/flux/schnell', { input, headers: long }))
  t.ok(refused instanceof ValidationError)
  t.equal((await jobsWith('never made')).length, 0)
})

t.test('what cannot be kept is refused or named', async (t) => {
  const { queue } = clientOf(bench)
  const hooked = await errorOf(
    queue.submit('fal-ai/flux/schnell', { input: { prompt: 'x' }, webhookUrl: 'https://example.com/h' }),
  )
  t.ok(hooked instanceof ValidationError)
  const response = await fetch(new URL('/api/fal/proxy', bench.service.url), {
    method: 'POST',
    headers: {
      authorization: `Key ${testKey}`,
      'content-type': 'application/json',
      'x-fal-target-url': 'https://queue.fal.run/fal-ai/flux/schnell',
      'x-fal-store-io': '0',
      'x-fal-jobs-user-id': 'user-1',
    },
    body: JSON.stringify({ prompt: 'x' }),
  })
  t.equal(response.status, 200)
  t.equal(response.headers.get('x-fal-jobs-ignored'), 'x-fal-store-io')
  const id = response.headers.get('x-fal-jobs-id') ?? ''
  t.equal((await bench.get(id)).userId, 'user-1')
})

t.test("an answer of FAL that is lost costs nothing and is not the page's concern", async (t) => {
  // The same client without the proxy sends it again and pays twice.
  const prompt = 'paid once [fault:submit-cut-after]'
  const result = await clientOf(bench).subscribe('fal-ai/flux/dev', { input: { prompt }, pollInterval: 30 })
  t.equal(result.data.images.length, 1)
  t.equal(bench.simulator.admin.acceptedFor(prompt), 1)
})

t.test('a subscribe goes on when the service restarts in the middle', async (t) => {
  const bench = await startBench(t, { simulator: { speed: 1 } })
  let restarted: Promise<void> | null = null
  const restart = async (requestId: string) => {
    const job = await bench.until(`job_${requestId}`, ({ fal }) => fal.requestId !== null)
    await bench.service.stop()
    const log = createLogger({ level: 'silent', secrets: [] })
    const again = await startService(readConfig(bench.environment), log)
    t.teardown(() => again.stop())
    bench.simulator.admin.complete(job.fal.requestId ?? '')
  }
  const { request_id: openId } = await clientOf(bench).queue.submit('fal-ai/flux/dev', {
    input: { prompt: 'followed [fault:stuck-in-queue]' },
  })
  const followed = await fetch(new URL('/api/fal/proxy', bench.service.url), {
    headers: {
      'x-fal-jobs-token': testKey,
      'x-fal-target-url': `https://queue.fal.run/fal-ai/flux/requests/${openId}/status/stream?logs=0`,
    },
  })
  const result = await clientOf(bench).subscribe('fal-ai/flux/dev', {
    input: { prompt: 'durable [fault:stuck-in-queue]' },
    pollInterval: 50,
    onEnqueue: (requestId) => {
      restarted = restart(requestId)
    },
  })
  await restarted
  t.match(await followed.text(), /"status":"IN_QUEUE"/, 'an open stream ends and holds up no stop')
  t.equal(result.data.images.length, 1)
})
