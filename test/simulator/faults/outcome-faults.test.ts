/** Each fault of the outcome ends the request as its table says. */

import t, { type Test } from 'tap'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { call, firstFile, run, startReceiver, submit, until, urlsIn } from '../fal-caller.ts'

async function start(test: Test): Promise<Simulator> {
  const simulator = await startSimulator()
  test.teardown(() => simulator.close())
  return simulator
}

const flux = 'fal-ai/flux/dev'
const resultOf = async (test: Test, fault: string, endpoint = flux) =>
  (await run(await start(test), endpoint, { prompt: `a [fault:${fault}]` })).result

const errors = [
  ['model-error', 500, 'internal_server_error'],
  ['content-policy', 422, 'content_policy_violation'],
  ['file-download-error', 422, 'file_download_error'],
] as const

for (const [name, statusCode, type] of errors) {
  t.test(`${name}: the result relays ${statusCode} with its type and link`, async (t) => {
    const result = await resultOf(t, name)
    t.equal(result.statusCode, statusCode)
    t.match(result.body, { detail: [{ type, url: `https://docs.fal.ai/errors/#${type}` }] })
    t.equal(result.headers.get('x-fal-needs-retry'), statusCode === 500 ? '1' : '0')
  })
}

t.test('platform-error: result and status both tell the type', async (t) => {
  const simulator = await start(t)
  const { submitted, result } = await run(simulator, flux, {
    prompt: '[fault:platform-error=startup_timeout]',
  })
  t.equal(result.statusCode, 504)
  t.equal(result.headers.get('x-fal-error-type'), 'startup_timeout')
  t.match(result.body, { detail: String, error_type: 'startup_timeout' })
  const status = await call(String(submitted.body.status_url))
  t.match(status.body, { status: 'COMPLETED', error: String, error_type: 'startup_timeout' })
})

t.test('no-media: success without a file', async (t) => {
  const result = await resultOf(t, 'no-media')
  t.equal(result.statusCode, 200)
  t.strictSame(urlsIn(result.body), [])
  t.strictSame(urlsIn((await resultOf(t, 'no-media', 'fal-ai/veo3')).body), [])
})

t.test('no-media-yet: the files are missing in the first two results', async (t) => {
  const simulator = await start(t)
  const { submitted, result } = await run(simulator, flux, { prompt: '[fault:no-media-yet]' })
  const again = async () => urlsIn((await call(String(submitted.body.response_url))).body).length
  t.strictSame([urlsIn(result.body).length, await again(), await again()], [0, 0, 1])
})

t.test('oversize-result: the result passes 10 KB and lives six minutes', async (t) => {
  const simulator = await start(t)
  const { submitted, result } = await run(simulator, flux, { prompt: '[fault:oversize-result]' })
  t.ok(result.text.length > 20_000)
  simulator.clock.advance(361)
  t.equal((await call(String(submitted.body.response_url))).statusCode, 404)
})

t.test('big-seed: the seed is above 2^53 and exact in the text', async (t) => {
  const result = await resultOf(t, 'big-seed')
  t.match(result.text, '"seed":17454220438242315174')
  t.equal(result.body.seed, 17454220438242315174n)
})

t.test('nsfw: the image is flagged', async (t) => {
  t.match((await resultOf(t, 'nsfw')).body, { has_nsfw_concepts: [true] })
})

t.test('data-uri: the file is inside the answer', async (t) => {
  const { bytes } = await firstFile((await resultOf(t, 'data-uri')).body)
  t.equal(bytes.subarray(1, 4).toString('latin1'), 'PNG')
})

const stuck = [
  ['stuck', 'IN_PROGRESS'],
  ['stuck-in-queue', 'IN_QUEUE'],
] as const

for (const [name, status] of stuck) {
  t.test(`${name}: a day later it is still ${status}`, async (t) => {
    const simulator = await start(t)
    const { body } = await submit(simulator, flux, { prompt: `[fault:${name}]` })
    simulator.clock.advance(86_400)
    t.equal((await call(String(body.status_url))).body.status, status)
    t.equal((await call(String(body.response_url))).statusCode, 400)
  })
}

t.test('requeued: IN_PROGRESS goes back to IN_QUEUE once, then completes', async (t) => {
  // So long that no slow machine leaves a status by itself.
  const simulator = await startSimulator({ script: { settings: { queueSeconds: 1000, imageSeconds: 4000 } } })
  t.teardown(() => simulator.close())
  const receiver = await startReceiver()
  t.teardown(() => receiver.close())
  const { body } = await submit(simulator, flux, { prompt: '[fault:requeued]' }, { webhook: receiver.url })
  const after = async (seconds: number) => {
    simulator.clock.advance(seconds)
    return (await call(String(body.status_url))).body.status
  }
  t.equal(await after(1500), 'IN_PROGRESS')
  t.equal(await after(2000), 'IN_QUEUE')
  t.equal(await after(1000), 'IN_PROGRESS')
  t.equal(await after(4000), 'COMPLETED')
  const [received] = await until(() => receiver.received.length > 0 && receiver.received, 'the webhook')
  t.equal(received?.body.request_id, body.request_id)
  t.not(received?.body.gateway_request_id, body.request_id, 'the last attempt has an id of its own')
})

t.test('slow: it takes the given time longer', async (t) => {
  const simulator = await start(t)
  const { body } = await submit(simulator, flux, { prompt: '[fault:slow=300]' })
  simulator.clock.advance(290)
  t.equal((await call(String(body.status_url))).body.status, 'IN_PROGRESS')
  simulator.clock.advance(20)
  t.equal((await call(String(body.status_url))).body.status, 'COMPLETED')
})

t.test('file-twice: one file at two places of the output', async (t) => {
  const { body } = await resultOf(t, 'file-twice')
  const urls = urlsIn(body)
  t.equal(urls.length, 2)
  t.equal(new Set(urls).size, 1)
  t.match(body, { preview: { url: urls[0] } })
})
