/** The queue's life of a request: states, positions, deadlines, cancels, retention. */

import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import type { SimulatorSettings } from '../../../src/simulator/world/settings.ts'
import { call, run, submit, until } from '../fal-caller.ts'

const flux = 'fal-ai/flux/dev'

async function start(test: Test, settings: Partial<SimulatorSettings> = {}, keys?: string[]) {
  const simulator = await startSimulator({ script: { settings }, ...(keys && { keys }) })
  test.teardown(() => simulator.close())
  return simulator
}

t.test('202 in queue and in progress, 200 when completed, with every promised key', async (t) => {
  const simulator = await start(t, { queueSeconds: 100, imageSeconds: 200 })
  const { body: submitted } = await submit(simulator, flux, { prompt: 'x' })
  t.match(submitted, { status: 'IN_QUEUE', queue_position: 0, gateway_request_id: submitted.request_id })
  const status = async () => call(`${submitted.status_url}?logs=1`)
  const urls = { response_url: String, status_url: String, cancel_url: String, request_id: String }
  const queued = await status()
  t.equal(queued.statusCode, 202)
  t.match(queued.body, { status: 'IN_QUEUE', queue_position: 0, logs: [], metrics: {}, ...urls })
  simulator.clock.advance(101)
  const running = await status()
  t.equal(running.statusCode, 202)
  t.match(running.body, { status: 'IN_PROGRESS', logs: [{ message: /Running/ }], metrics: {}, ...urls })
  t.notOk('queue_position' in running.body)
  simulator.clock.advance(205)
  const completed = await status()
  t.equal(completed.statusCode, 200)
  t.match(completed.body, { status: 'COMPLETED', metrics: { inference_time: 200 }, ...urls })
  t.notOk('error' in completed.body)
  t.strictSame((await call(String(submitted.status_url))).body.logs, null)
})

t.test('a result before completion is 400 and repeats the URLs; afterwards it has its headers', async (t) => {
  const simulator = await start(t)
  const { body } = await submit(simulator, flux, { prompt: 'x' })
  const early = await call(String(body.response_url))
  t.equal(early.statusCode, 400)
  t.match(early.body, { detail: 'Request is still in progress', request_id: String, status_url: String })
  simulator.admin.complete(String(body.request_id))
  const { headers } = await call(String(body.response_url))
  t.equal(headers.get('x-fal-request-id'), body.request_id)
  t.equal(headers.get('x-fal-billable-units'), '1')
  t.match(headers.get('content-type'), 'application/json')
})

t.test('a result lives an hour, a large or unstored one six minutes; then 404', async (t) => {
  const cases = [
    [{ prompt: 'small' }, {}, 3600],
    [{ prompt: '[fault:oversize-result]' }, {}, 360],
    [{ prompt: 'unstored' }, { 'x-fal-store-io': '0' }, 360],
  ] as const
  for (const [input, headers, seconds] of cases) {
    const simulator = await start(t)
    const { submitted } = await run(simulator, flux, input, { headers })
    simulator.clock.advance(seconds - 2)
    t.equal((await call(String(submitted.body.response_url))).statusCode, 200)
    simulator.clock.advance(3)
    for (const url of [submitted.body.response_url, submitted.body.status_url]) {
      const answer = await call(String(url))
      t.equal(answer.statusCode, 404)
      t.strictSame(answer.body, { status: 'NOT_FOUND' })
    }
  }
})

t.test('cancel: removed from the queue, asked of a running app, too late, unknown', async (t) => {
  const simulator = await start(t)
  const cancel = (url: unknown) => call(String(url), { method: 'PUT' })
  const queued = (await submit(simulator, flux, { prompt: 'q' })).body
  const removed = await cancel(queued.cancel_url)
  t.strictSame([removed.statusCode, removed.body], [200, { status: 'OK' }])
  t.equal((await call(String(queued.status_url))).body.status, 'COMPLETED')
  const { statusCode, body } = await call(String(queued.response_url))
  t.equal(statusCode, 499)
  t.match(body, { detail: 'Request cancelled by the client.' })

  const running = (await submit(simulator, flux, { prompt: 'r' })).body
  simulator.clock.advance(1)
  const asked = await cancel(running.cancel_url)
  t.strictSame([asked.statusCode, asked.body], [202, { status: 'CANCELLATION_REQUESTED' }])
  t.equal((await call(String(running.response_url))).statusCode, 499)

  const late = await cancel(running.cancel_url)
  t.strictSame([late.statusCode, late.body], [400, { status: 'ALREADY_COMPLETED' }])
  const unknown = await cancel(`${simulator.queueBase}/fal-ai/flux/requests/nobody/cancel`)
  t.strictSame([unknown.statusCode, unknown.body], [404, { status: 'NOT_FOUND' }])
})

t.test('an app that ignores cancels completes', async (t) => {
  const simulator = await start(t, { honourCancel: false })
  const { body } = await submit(simulator, flux, { prompt: 'x' })
  simulator.clock.advance(1)
  t.equal((await call(String(body.cancel_url), { method: 'PUT' })).statusCode, 202)
  simulator.clock.advance(5)
  t.equal((await call(String(body.response_url))).statusCode, 200)
})

t.test(
  'with limited concurrency requests wait in order, low priority behind normal, and positions count down',
  async (t) => {
    const simulator = await start(t, { concurrency: 1 })
    const add = async (prompt: string, priority: string) => {
      const headers = { 'x-fal-queue-priority': priority }
      return (await submit(simulator, flux, { prompt }, { headers })).body
    }
    const first = await add('first', 'normal')
    simulator.clock.advance(0.3)
    const low = await add('low', 'low')
    const normal = await add('normal', 'normal')
    t.equal(normal.queue_position, 1)
    const statusOf = async (url: unknown) => (await call(String(url))).body.status
    simulator.clock.advance(1)
    t.equal(await statusOf(first.status_url), 'IN_PROGRESS')
    t.equal(await statusOf(normal.status_url), 'IN_QUEUE')
    simulator.clock.advance(1.2)
    t.equal(await statusOf(normal.status_url), 'IN_PROGRESS')
    t.equal(await statusOf(low.status_url), 'IN_QUEUE')
    simulator.clock.advance(2.5)
    t.equal(await statusOf(low.status_url), 'IN_PROGRESS')
  },
)

t.test('a start deadline ends a waiting request with 504 of type user', async (t) => {
  const simulator = await start(t)
  const headers = { 'x-fal-request-timeout': '5' }
  const { body } = await submit(simulator, flux, { prompt: '[fault:stuck-in-queue]' }, { headers })
  simulator.clock.advance(6)
  const result = await call(String(body.response_url))
  t.equal(result.statusCode, 504)
  t.equal(result.headers.get('x-fal-request-timeout-type'), 'user')
  t.match(result.body, { error_type: 'request_timeout' })
})

t.test('fal_max_queue_length refuses with 429 when more are waiting', async (t) => {
  const simulator = await start(t)
  for (let i = 0; i < 3; i++) await submit(simulator, flux, { prompt: `[fault:stuck-in-queue] ${i}` })
  const limited = (limit: number) =>
    call(`${simulator.queueBase}/${flux}?fal_max_queue_length=${limit}`, {
      method: 'POST',
      body: '{"prompt":"x"}',
    })
  t.equal((await limited(2)).statusCode, 429)
  t.equal((await limited(9)).statusCode, 200)
})

t.test('the status stream pings, sends only new logs, and closes after COMPLETED', async (t) => {
  const simulator = await start(t)
  const { body } = await submit(simulator, flux, { prompt: 'x' })
  const headers = { authorization: 'Key a:b', accept: 'application/json, text/event-stream' }
  const response = await fetch(`${body.status_url}/stream?logs=1`, { headers })
  t.match(response.headers.get('content-type'), /^text\/event-stream/)
  const text = response.text()
  await until(() => simulator.admin.request(String(body.request_id))?.calls.stream === 1, 'the stream')
  simulator.clock.advance(1)
  simulator.clock.advance(5)
  const lines = (await text).split('\n\n').filter((line) => line !== '')
  t.equal(lines[0], ': ping')
  const events = lines.filter((line) => line.startsWith('data: ')).map((line) => JSON.parse(line.slice(6)))
  t.strictSame([...new Set(events.map(({ status }) => status))], ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'])
  t.equal(events.flatMap(({ logs }) => logs).length, 11)
})

t.test("credentials are refused in FAL's words", async (t) => {
  const simulator = await start(t, {}, ['id:secret'])
  const post = (authorization: string) =>
    call(`${simulator.queueBase}/${flux}`, { method: 'POST', body: '{}', headers: { authorization } })
  t.equal((await post('Key id:secret')).statusCode, 200)
  for (const header of ['Key nocolon', 'Bearer id:secret', 'nonsense', 'Key a:b:c']) {
    const answer = await post(header)
    t.equal(answer.statusCode, 401)
    t.match(answer.body.detail, /^Invalid Key Authorization header format/)
  }
  t.match((await post('Key id:wrong')).body, { detail: 'invalid key credentials' })
  const anonymous = await fetch(`${simulator.queueBase}/${flux}`, { method: 'POST', body: '{}' })
  t.equal(anonymous.status, 401)
  t.match(await anonymous.json(), { detail: /^Cannot access application "fal-ai\/flux"/ })
  simulator.admin.revokeKey('id:secret')
  t.equal((await post('Key id:secret')).statusCode, 401)
})

t.test('the start deadline is read under both its names, the new one first', async (t) => {
  const simulator = await start(t)
  const stuck = { prompt: 'timed [fault:stuck-in-queue]' }
  const endedAfter = async (headers: Record<string, string>, seconds: number) => {
    const { body } = await submit(simulator, flux, stuck, { headers })
    simulator.clock.advance(seconds)
    return (await call(String(body.response_url))).statusCode
  }
  t.equal(await endedAfter({ 'x-fal-request-start-timeout': '5' }, 6), 504)
  t.equal(await endedAfter({ 'x-fal-request-timeout': '5' }, 6), 504)
  t.equal(await endedAfter({ 'x-fal-request-start-timeout': '50', 'x-fal-request-timeout': '5' }, 6), 400)
})

t.test('request ids are UUIDv7 and date their request to the millisecond', async (t) => {
  const simulator = await start(t)
  const before = Date.now()
  const { body } = await submit(simulator, flux, { prompt: 'a' })
  const id = String(body.request_id)
  t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const dated = Number.parseInt(id.replace('-', '').slice(0, 12), 16)
  t.ok(dated >= before && dated <= Date.now())
  t.equal(simulator.admin.request(id)?.sentAt, new Date(dated).toISOString())
})

t.test('what sent a request is kept as it says', async (t) => {
  const simulator = await start(t)
  const sourceOf = async (headers: Record<string, string>) => {
    const { body } = await submit(simulator, flux, { prompt: 'a' }, { headers })
    return simulator.admin.request(String(body.request_id))?.source
  }
  t.equal(await sourceOf({ 'x-fal-request-source': 'sdk' }), 'sdk')
  t.equal(await sourceOf({}), null)
})

t.test('valid tags are kept, others dropped silently', async (t) => {
  const simulator = await start(t)
  const tagged = async (tags: string) => {
    const { body } = await submit(simulator, flux, { prompt: tags }, { headers: { 'x-fal-tags': tags } })
    return simulator.admin.request(String(body.request_id))?.tags
  }
  t.strictSame(await tagged('job=1,team=a b'), { job: '1', team: 'a b' })
  t.strictSame(await tagged('fal.x=1,UPPER=2,ok=3'), { ok: '3' })
})
