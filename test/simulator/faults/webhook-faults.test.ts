/** Each fault of webhooks does what its table says; genuineness is judged by node:crypto. */

import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, run, startReceiver, submit, until, urlsIn } from '../fal-caller.ts'
import { isGenuine, publishedKeys } from '../webhooks/verify.ts'

const flux = 'fal-ai/flux/dev'

async function start(test: Test, speed = 1) {
  const simulator = await startSimulator({ speed })
  const receiver = await startReceiver()
  test.teardown(() => simulator.close())
  test.teardown(() => receiver.close())
  const arrived = (count: number) =>
    until(() => receiver.received.length >= count && receiver.received, `${count} webhooks`)
  const runWith = (fault: string) =>
    run(simulator, flux, { prompt: `a [fault:${fault}]` }, { webhook: receiver.url })
  return { simulator, receiver, arrived, runWith }
}

t.test('webhook-duplicate: the same body comes again, signed anew', async (t) => {
  const { simulator, arrived, runWith } = await start(t)
  await runWith('webhook-duplicate=2')
  const received = await arrived(3)
  t.equal(new Set(received.map(({ text }) => text)).size, 1)
  const keys = await publishedKeys(simulator)
  t.ok(received.every((one) => isGenuine(one, keys)))
})

t.test('webhook-early: the webhook is there before the submit answers', async (t) => {
  const { simulator, receiver } = await start(t)
  const { body } = await submit(
    simulator,
    flux,
    { prompt: '[fault:webhook-early]' },
    { webhook: receiver.url },
  )
  t.equal(receiver.received[0]?.body.request_id, body.request_id)
  t.equal(body.status, 'IN_QUEUE')
})

t.test('webhook-late: it comes only after the given time', async (t) => {
  const { simulator, receiver, arrived, runWith } = await start(t)
  await runWith('webhook-late=60')
  simulator.clock.advance(58)
  await run(simulator, flux, { prompt: 'another' }, { webhook: receiver.url })
  await arrived(1)
  t.not(receiver.received[0]?.body.request_id, undefined)
  simulator.clock.advance(5)
  t.equal((await arrived(2)).length, 2)
})

t.test("webhook-out-of-order: another request's webhook goes first", async (t) => {
  const { simulator, receiver, arrived, runWith } = await start(t)
  const first = await runWith('webhook-out-of-order')
  const second = await run(simulator, flux, { prompt: 'b' }, { webhook: receiver.url })
  const order = (await arrived(2)).map(({ body }) => body.request_id)
  t.strictSame(order, [second.requestId, first.requestId])
})

t.test('webhook-lost: none ever comes', async (t) => {
  const { simulator, receiver, arrived, runWith } = await start(t)
  await runWith('webhook-lost')
  simulator.clock.advance(4000)
  const other = await run(simulator, flux, { prompt: 'b' }, { webhook: receiver.url })
  t.equal((await arrived(1))[0]?.body.request_id, other.requestId)
})

const forged = ['webhook-bad-signature', 'webhook-old-timestamp'] as const

for (const name of forged) {
  t.test(`${name}: the first attempt is not genuine, the retry after a refusal is`, async (t) => {
    const { simulator, receiver, arrived, runWith } = await start(t, 100)
    receiver.answerWith(401)
    await runWith(name)
    const keys = await publishedKeys(simulator)
    t.strictSame(
      (await arrived(2)).map((one) => isGenuine(one, keys)),
      [false, true],
    )
  })
}

t.test('webhook-rotated-key: only a key set fetched afterwards knows the key', async (t) => {
  const { simulator, arrived, runWith } = await start(t)
  const before = await publishedKeys(simulator)
  await runWith('webhook-rotated-key')
  const [received] = await arrived(1)
  const after = await publishedKeys(simulator)
  t.equal(received && isGenuine(received, before), false)
  t.equal(received && isGenuine(received, after), true)
  t.match(after, [...after.slice(0, 1), ...before], 'the old key stays published')
})

t.test('webhook-foreign-account: a genuine one of another account comes first', async (t) => {
  const { simulator, arrived, runWith } = await start(t)
  await runWith('webhook-foreign-account')
  const received = await arrived(2)
  const keys = await publishedKeys(simulator)
  t.ok(received.every((one) => isGenuine(one, keys)))
  const users = received.map(({ headers }) => headers['x-fal-webhook-user-id'])
  t.strictSame(users, ['user_someone_else', 'user_simulator'])
})

t.test('webhook-null-payload: OK without payload, the result has it', async (t) => {
  const { arrived, runWith } = await start(t)
  const { result } = await runWith('webhook-null-payload')
  t.match((await arrived(1))[0]?.body, { status: 'OK', payload: null, payload_error: String, error: null })
  t.equal(urlsIn(result.body).length, 1)
})

t.test('webhook-generic-error: ERROR while it runs, OK when it completes', async (t) => {
  const { simulator, receiver, arrived } = await start(t)
  const { body } = await submit(
    simulator,
    flux,
    { prompt: '[fault:webhook-generic-error]' },
    { webhook: receiver.url },
  )
  simulator.clock.advance(0.5)
  await arrived(1)
  t.match(receiver.received[0]?.body, { status: 'ERROR', payload: null, error: String })
  t.equal((await call(String(body.status_url))).body.status, 'IN_PROGRESS')
  simulator.clock.advance(5)
  t.match((await arrived(2))[1]?.body, { status: 'OK', payload: { images: [{ url: String }] } })
})

for (const place of ['payload', 'data', 'output', 'response']) {
  t.test(`webhook-seed-style: progress, then COMPLETED with the output under ${place}`, async (t) => {
    const { arrived, runWith } = await start(t)
    await runWith(`webhook-seed-style=${place}`)
    const [progress, end] = await arrived(2)
    t.match(progress?.body, { status: 'IN_PROGRESS' })
    t.match(end?.body, { status: 'COMPLETED', [place]: { images: [{ url: String }] } })
  })
}

t.test('webhook-seed-style: at top level, and FAILED for a failure', async (t) => {
  const { arrived, runWith } = await start(t)
  await runWith('webhook-seed-style=top')
  t.match((await arrived(2))[1]?.body, { status: 'COMPLETED', images: [{ url: String }] })
  await runWith('webhook-seed-style][fault:content-policy')
  t.match((await arrived(4))[3]?.body, { status: 'FAILED', data: { detail: [{}] } })
})

t.test('webhook-not-json: a genuine body that is no JSON comes first', async (t) => {
  const { simulator, arrived, runWith } = await start(t)
  await runWith('webhook-not-json')
  const received = await arrived(2)
  const keys = await publishedKeys(simulator)
  t.ok(received.every((one) => isGenuine(one, keys)))
  t.throws(() => JSON.parse(received[0]?.text ?? ''))
})

t.test('jwks-down: a new key signs while the key set answers 503 for a while', async (t) => {
  const { simulator, arrived, runWith } = await start(t)
  const before = await publishedKeys(simulator)
  await runWith('jwks-down=60')
  const [received] = await arrived(1)
  t.equal(received && isGenuine(received, before), false)
  t.equal((await call(simulator.jwksUrl)).statusCode, 503)
  simulator.admin.jwksDown(0)
  t.equal(received && isGenuine(received, await publishedKeys(simulator)), true)
})
