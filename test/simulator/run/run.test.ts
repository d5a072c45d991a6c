/** Synchronous runs: they relay the model's answer, end with their connection, and are limited in number. */

import t from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, run, until } from '../fal-caller.ts'

const post = (base: string, input: object, options: RequestInit = {}) =>
  call(`${base}/fal.run/fal-ai/flux/dev`, { method: 'POST', body: JSON.stringify(input), ...options })

t.test("the answer is the model's own, success or not, with the request id", async (t) => {
  const simulator = await startSimulator({ speed: 100 })
  t.teardown(() => simulator.close())
  const good = await post(simulator.url, { prompt: 'x' })
  t.equal(good.statusCode, 200)
  t.match(good.body, { images: [{ url: String }] })
  t.equal(simulator.admin.request(good.headers.get('x-fal-request-id') ?? '')?.status, 'COMPLETED')
  t.equal((await post(simulator.url, {})).statusCode, 422)
  t.equal((await post(simulator.url, { prompt: '[fault:balance-exhausted]' })).statusCode, 403)
})

t.test('a dropped connection cancels the run', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const abort = new AbortController()
  const answer = post(simulator.url, { prompt: 'dropped' }, { signal: abort.signal })
  const request = await until(() => simulator.admin.state().requests[0], 'the request')
  abort.abort()
  await t.rejects(answer)
  await until(() => simulator.admin.request(request.requestId)?.cancelled, 'the cancel')
})

t.test('over the concurrency of the account it is 429 and asks to be retried', async (t) => {
  const simulator = await startSimulator({ script: { settings: { concurrency: 1 } } })
  t.teardown(() => simulator.close())
  const { url } = simulator
  void call(`${simulator.queueBase}/fal-ai/veo3`, { method: 'POST', body: '{"prompt":"long"}' })
  await until(() => simulator.admin.totals().accepted === 1, 'the first')
  simulator.clock.advance(1)
  const refused = await post(url, { prompt: 'second' })
  t.equal(refused.statusCode, 429)
  t.equal(refused.headers.get('x-fal-needs-retry'), '1')
  t.match(refused.body, { error_type: 'concurrent_requests_limit' })
})

t.test('an open status stream or run does not keep the simulator from closing', async (t) => {
  const simulator = await startSimulator()
  const answer = post(simulator.url, { prompt: 'open' })
  const { body } = await call(`${simulator.url}/fal-ai/veo3`, { method: 'POST', body: '{"prompt":"x"}' })
  const stream = await fetch(`${body.status_url}/stream`, { headers: { authorization: 'Key a:b' } })
  await Promise.all([simulator.close(), t.rejects(answer), t.rejects(stream.text())])
})

t.test('the same seed and prompt give the same picture, another prompt another one', async (t) => {
  const simulator = await startSimulator()
  t.teardown(() => simulator.close())
  const pixels = async (prompt: string) => {
    const { result } = await run(simulator, 'fal-ai/flux/dev', { prompt, seed: 1, sync_mode: true })
    const [, data = ''] = result.text.split('base64,')
    const png = Buffer.from(data.split('"')[0] ?? '', 'base64')
    return png.subarray(png.indexOf('IDAT')).toString('hex')
  }
  t.equal(await pixels('a'), await pixels('a'))
  t.not(await pixels('a'), await pixels('b'))
})
