/** Webhooks as FAL documents them: body, headers, signature, retries on the clock, and when they stop. */

import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { signatureHeaders } from '../../../src/simulator/webhooks/signature.ts'
import type { SimulatorSettings } from '../../../src/simulator/world/settings.ts'
import { call, run, startReceiver, submit, until } from '../fal-caller.ts'
import { isGenuine, publishedKeys } from './verify.ts'

const flux = 'fal-ai/flux/dev'

async function start(test: Test, settings: Partial<SimulatorSettings> = {}) {
  const simulator = await startSimulator({ script: { settings }, userId: 'user_a' })
  const receiver = await startReceiver()
  test.teardown(() => simulator.close())
  test.teardown(() => receiver.close())
  const attempts = (requestId: string) => simulator.admin.request(requestId)?.webhooks.length ?? 0
  /** Moves the clock until the attempt was made. */
  const afterRetry = async (requestId: string, count: number) => {
    await until(() => attempts(requestId) === count - 1, `attempt ${count - 1}`)
    await new Promise((resolve) => setImmediate(resolve))
    simulator.clock.advance(300)
    await until(() => attempts(requestId) === count, `attempt ${count}`)
  }
  return { simulator, receiver, attempts, afterRetry }
}

t.test('the body has sorted keys in the spacing of Python, and the four headers verify', async (t) => {
  const { simulator, receiver } = await start(t)
  const { requestId, result } = await run(
    simulator,
    flux,
    { prompt: 'café 🌅' },
    { webhook: `${receiver.url}?job=7` },
  )
  const received = await until(() => receiver.received[0], 'the webhook')
  t.equal(received.url, '/hook?job=7')
  t.match(
    received.text,
    /^\{"error": null, "gateway_request_id": "[^"]+", "payload": \{"has_nsfw_concepts": \[false\], /,
  )
  t.match(received.text, '"prompt": "café 🌅"')
  t.match(received.body, { request_id: requestId, status: 'OK', payload: result.body })
  t.match(received.headers, {
    'content-type': 'application/json',
    'x-fal-webhook-request-id': requestId,
    'x-fal-webhook-user-id': 'user_a',
    'x-fal-webhook-timestamp': /^\d{10}$/,
    'x-fal-webhook-signature': /^[0-9a-f]{128}$/,
  })
  t.ok(isGenuine(received, await publishedKeys(simulator)))
  t.notOk(isGenuine({ ...received, text: `${received.text} ` }, await publishedKeys(simulator)))
})

t.test('node:crypto as signer gives the same bytes as tweetnacl', async (t) => {
  const { createRandom } = await import('../../../src/simulator/base/random.ts')
  const { createSigningKeys } = await import('../../../src/simulator/world/signing-keys.ts')
  const options = { requestId: 'r', userId: 'u', timestamp: 1752019770, body: '{}' }
  const slow = createSigningKeys(createRandom(1), false)
  const fast = createSigningKeys(createRandom(1), true)
  t.strictSame(signatureHeaders(slow, options), signatureHeaders(fast, options))
})

for (const [what, status] of [
  ['a 4xx', 404],
  ['a 5xx', 500],
  ['a cut connection', 0],
] as const) {
  t.test(`${what} is tried again until a 2xx, each time with a fresh signature`, async (t) => {
    const { simulator, receiver, attempts, afterRetry } = await start(t)
    receiver.answerWith(status, status)
    const { requestId } = await run(simulator, flux, { prompt: what }, { webhook: receiver.url })
    await afterRetry(requestId, 2)
    await afterRetry(requestId, 3)
    simulator.clock.advance(3000)
    t.equal(attempts(requestId), 3)
    const keys = await publishedKeys(simulator)
    t.ok(receiver.received.every((one) => isGenuine(one, keys)))
  })
}

t.test('a redirect is a permanent failure and is not followed', async (t) => {
  const { simulator, receiver, attempts } = await start(t)
  receiver.answerWith(302)
  const { requestId } = await run(simulator, flux, { prompt: 'r' }, { webhook: receiver.url })
  await until(() => attempts(requestId) === 1, 'the attempt')
  simulator.clock.advance(3000)
  const other = await run(simulator, flux, { prompt: 's' }, { webhook: receiver.url })
  await until(() => attempts(other.requestId) === 1, 'the other one')
  t.equal(attempts(requestId), 1)
  t.notOk(receiver.received.some(({ url }) => url === '/elsewhere'))
})

t.test('retries stop when the result expires: an hour, or six minutes when it is large', async (t) => {
  for (const [prompt, seconds] of [
    ['small', 3601],
    ['[fault:oversize-result]', 361],
  ] as const) {
    const { simulator, receiver, attempts } = await start(t)
    receiver.answerWith(500, 500, 500)
    const { requestId } = await run(simulator, flux, { prompt }, { webhook: receiver.url })
    await until(() => attempts(requestId) === 1, 'the attempt')
    await new Promise((resolve) => setImmediate(resolve))
    simulator.clock.advance(seconds)
    const other = await run(simulator, flux, { prompt: 'other' }, { webhook: receiver.url })
    await until(() => attempts(other.requestId) === 1, 'the other one')
    t.equal(attempts(requestId), 1, prompt)
  }
})

t.test('a cancelled request sends none, unless set so', async (t) => {
  for (const webhookOnCancel of [false, true]) {
    const { simulator, receiver, attempts } = await start(t, { webhookOnCancel })
    const { body } = await submit(simulator, flux, { prompt: 'c' }, { webhook: receiver.url })
    const requestId = String(body.request_id)
    await fetch(String(body.cancel_url), { method: 'PUT', headers: { authorization: 'Key a:b' } })
    const other = await run(simulator, flux, { prompt: 'other' }, { webhook: receiver.url })
    await until(() => attempts(other.requestId) === 1, 'the other one')
    await until(() => attempts(requestId) === (webhookOnCancel ? 1 : 0), 'what is set')
  }
})

t.test('private targets are called, unless the simulator is told to be as strict as FAL', async (t) => {
  const { simulator, receiver, attempts } = await start(t, { webhookPrivateTargets: false })
  const { requestId } = await run(simulator, flux, { prompt: 'p' }, { webhook: receiver.url })
  simulator.clock.advance(100)
  t.equal(attempts(requestId), 0)
})

t.test('the admin signs and sends any body', async (t) => {
  const { simulator, receiver } = await start(t)
  const webhook = {
    url: receiver.url,
    requestId: 'nobody',
    body: 'not json',
    userId: 'user_b',
    ageSeconds: 200,
  }
  t.match(await simulator.admin.sendWebhook(webhook), { statusCode: 200 })
  const body = JSON.stringify({ url: receiver.url, requestId: 'nobody', body: { b: 1, a: 2 } })
  t.equal((await call(`${simulator.url}/_simulator/webhook`, { method: 'POST', body })).statusCode, 200)
  t.equal((await call(`${simulator.url}/_simulator/webhook`, { method: 'POST', body: '{}' })).statusCode, 400)
  const keys = await publishedKeys(simulator)
  t.ok(receiver.received.every((one) => isGenuine(one, keys)))
  t.strictSame(
    receiver.received.map(({ text, headers }) => [text, headers['x-fal-webhook-user-id']]),
    [
      ['not json', 'user_b'],
      ['{"a": 2, "b": 1}', 'user_a'],
    ],
  )
})

t.test('the admin sends a webhook again on demand', async (t) => {
  const { simulator, receiver, attempts } = await start(t)
  const { requestId } = await run(simulator, flux, { prompt: 'again' }, { webhook: receiver.url })
  await until(() => attempts(requestId) === 1, 'the first')
  t.match(await simulator.admin.resendWebhook(requestId), { statusCode: 200 })
  t.equal(receiver.received.length, 2)
  t.equal(await simulator.admin.resendWebhook('unknown'), undefined)
})
