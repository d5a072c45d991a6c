/** The official client, unchanged and only redirected, works against the simulator as it does against FAL. */

import { ApiError, createFalClient, type FalClient, type QueueStatus, ValidationError } from '@fal-ai/client'
import t, { type Test } from 'tap'
import type { SimulatorScript } from '../../src/simulator/script.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import { redirectedFetch } from './redirected-fetch.ts'

/** The only change: every FAL host becomes a path prefix of the simulator. */
function clientOf(simulator: Simulator, credentials = 'id:secret'): FalClient {
  return createFalClient({ credentials, fetch: redirectedFetch(simulator.url) })
}

async function start(test: Test, speed = 20, script: SimulatorScript = {}): Promise<Simulator> {
  const simulator = await startSimulator({ speed, keys: ['id:secret'], script })
  test.teardown(() => simulator.close())
  return simulator
}

/** What the call was refused with. */
async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}

t.test('subscribe by polling ends with the output, its request id and every log line', async (t) => {
  const simulator = await start(t)
  const statuses: string[] = []
  let logLines = 0
  const result = await clientOf(simulator).subscribe('fal-ai/flux/dev', {
    input: { prompt: 'a lighthouse [fault:stuck]', num_images: 2 },
    logs: true,
    pollInterval: 20,
    onQueueUpdate: (status: QueueStatus) => {
      statuses.push(status.status)
      // It works on until it was seen at work.
      if (status.status === 'IN_PROGRESS') simulator.admin.complete(status.request_id)
      if ('logs' in status) logLines = status.logs?.length ?? 0
    },
  })
  t.equal(result.data.images.length, 2)
  t.equal(simulator.admin.request(result.requestId)?.status, 'COMPLETED')
  t.equal(statuses.at(-1), 'COMPLETED')
  t.ok(statuses.includes('IN_PROGRESS'))
  t.ok(logLines > 5)
})

t.test('subscribe by streaming sees queue, progress with its logs and completion', async (t) => {
  const simulator = await start(t, 4, { settings: { concurrency: 1 } })
  const client = clientOf(simulator)
  // Has the only place, so that the next one waits in the queue until its stream has said so.
  const first = await client.queue.submit('fal-ai/flux/dev', { input: { prompt: 'first [fault:stuck]' } })
  const statuses = new Set<string>()
  let logLines = 0
  const result = await client.subscribe('fal-ai/flux/dev', {
    input: { prompt: 'a stream' },
    mode: 'streaming',
    logs: true,
    onQueueUpdate: (status: QueueStatus) => {
      statuses.add(status.status)
      if (status.status === 'IN_QUEUE') simulator.admin.complete(first.request_id)
      if ('logs' in status) logLines = status.logs?.length ?? 0
    },
  })
  t.equal(result.data.images.length, 1)
  t.strictSame([...statuses], ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'])
  t.equal(logLines, 11, 'each log line came exactly once')
  t.equal(simulator.admin.request(result.requestId)?.calls.stream, 1)
})

t.test('submit, status, result and cancel work on a model with a sub-path', async (t) => {
  const simulator = await start(t, 1)
  const { queue } = clientOf(simulator)
  const endpoint = 'fal-ai/kling-video/v2.5-turbo/pro/text-to-video'
  const { request_id: requestId } = await queue.submit(endpoint, { input: { prompt: 'waves' } })
  const status = await queue.status(endpoint, { requestId, logs: true })
  t.equal(status.status, 'IN_QUEUE')
  simulator.admin.complete(requestId)
  t.equal((await queue.status(endpoint, { requestId })).status, 'COMPLETED')
  const result = await queue.result(endpoint, { requestId })
  t.match(result.data, { video: { content_type: 'video/mp4' } })
  t.equal(result.requestId, requestId)

  const second = await queue.submit(endpoint, { input: { prompt: 'never' } })
  await queue.cancel(endpoint, { requestId: second.request_id })
  t.ok(simulator.admin.request(second.request_id)?.cancelled)
  t.match(await errorOf(queue.cancel(endpoint, { requestId: second.request_id })), { status: 400 })
  t.match(await errorOf(queue.result(endpoint, { requestId: second.request_id })), { status: 499 })
})

t.test('workflows and comfy keep three segments', async (t) => {
  const simulator = await start(t, 1, { settings: { endpoints: ['workflows/me/*', 'comfy/me/*'] } })
  const { queue } = clientOf(simulator)
  for (const endpoint of ['workflows/me/my-flow', 'comfy/me/my-graph']) {
    const submitted = await queue.submit(endpoint, { input: { prompt: endpoint } })
    t.match(submitted.status_url, `/${endpoint}/requests/`)
    const status = await queue.status(endpoint, { requestId: submitted.request_id })
    t.equal(status.request_id, submitted.request_id)
  }
})

t.test('submit without input is accepted, though its body is empty', async (t) => {
  const simulator = await start(t, 1)
  const { queue } = clientOf(simulator)
  // The client's types want an input; JavaScript callers leave it out.
  const { request_id: requestId } = await queue.submit<string>('fal-ai/flux/dev', {})
  simulator.admin.complete(requestId)
  t.match(await errorOf(queue.result('fal-ai/flux/dev', { requestId })), { status: 422 })
})

t.test('webhookUrl, priority, hint and start timeout arrive', async (t) => {
  const simulator = await start(t, 1)
  const { queue } = clientOf(simulator)
  const webhookUrl = 'http://127.0.0.1:9/x?y=1'
  const { request_id: requestId } = await queue.submit('fal-ai/flux/dev', {
    input: { prompt: 'timed [fault:stuck-in-queue]' },
    webhookUrl,
    priority: 'low',
    hint: 'lora-a',
    startTimeout: 5,
  })
  t.equal(simulator.admin.request(requestId)?.webhookUrl, webhookUrl)
  simulator.clock.advance(6)
  const error = await errorOf(queue.result('fal-ai/flux/dev', { requestId }))
  t.ok(error instanceof ApiError)
  t.match(error, { status: 504, timeoutType: 'user' })
})

t.test('a wrong input is a ValidationError with its fields', async (t) => {
  const simulator = await start(t)
  const error = await clientOf(simulator)
    .subscribe('fal-ai/veo3', { input: { prompt: 'clip', duration: '7s' as '8s' }, pollInterval: 20 })
    .catch((caught: unknown) => caught)
  t.ok(error instanceof ValidationError)
  if (!(error instanceof ValidationError)) return
  t.strictSame(error.fieldErrors[0]?.loc, ['body', 'duration'])
  t.equal(error.getFieldErrors('duration').length, 1)
})

t.test('an unknown request and an unknown app are ApiErrors with status 404', async (t) => {
  const simulator = await start(t)
  const { queue } = clientOf(simulator)
  const requestId = '00000000-0000-4000-8000-000000000000'
  const unknown = await errorOf(queue.status('fal-ai/flux/dev', { requestId }))
  t.ok(unknown instanceof ApiError)
  t.match(unknown, { status: 404, body: { status: 'NOT_FOUND' } })
  t.match(await errorOf(queue.submit('fal-ai/no-such-app', { input: {} })), { status: 404 })
})

t.test('a wrong key is an ApiError with status 401', async (t) => {
  const simulator = await start(t)
  const { queue } = clientOf(simulator, 'id:wrong')
  t.match(await errorOf(queue.submit('fal-ai/flux/dev', { input: { prompt: 'x' } })), {
    status: 401,
    body: { detail: 'invalid key credentials' },
  })
})

t.test('run blocks and answers; stream tells progress and the output', async (t) => {
  const simulator = await start(t)
  const client = clientOf(simulator)
  const result = await client.run('fal-ai/flux/schnell', { input: { prompt: 'now' } })
  t.equal(result.data.images.length, 1)
  const stream = await client.stream('fal-ai/flux/dev', { input: { prompt: 'slowly' } })
  const events: unknown[] = []
  for await (const event of stream) events.push(event)
  t.match(events.at(-1), { images: [{ url: String }] })
})

t.test('proxy mode: the target header decides, the key is added, other targets are refused', async (t) => {
  const simulator = await start(t)
  const url = `${simulator.url}/api/fal/proxy`
  const client = createFalClient({ proxyUrl: { url, when: 'always' } })
  const result = await client.subscribe('fal-ai/flux/dev', {
    input: { prompt: 'by proxy' },
    pollInterval: 20,
  })
  t.equal(result.data.images.length, 1)
  for (const headers of [
    {},
    { 'x-fal-target-url': 'https://example.com/' },
    { 'x-fal-target-url': 'no url' },
  ]) {
    const response = await fetch(url, { method: 'POST', headers })
    t.equal(response.status, 400)
    t.equal(await response.text(), 'Invalid request')
  }
})

t.test('the client itself pays twice when the submit answer is lost: the simulator counts it', async (t) => {
  const simulator = await start(t)
  const prompt = 'twice [fault:submit-cut-after]'
  await clientOf(simulator).queue.submit('fal-ai/flux/dev', { input: { prompt } })
  t.equal(simulator.admin.acceptedFor(prompt), 2)
})
