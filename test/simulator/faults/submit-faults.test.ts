/** Each fault of the submit does what its table says, and the count of accepted requests tells who would have paid. */

import t, { type Test } from 'tap'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { call, startReceiver, submit, until } from '../fal-caller.ts'

async function start(test: Test): Promise<Simulator> {
  const simulator = await startSimulator({ speed: 100 })
  test.teardown(() => simulator.close())
  return simulator
}

const flux = 'fal-ai/flux/dev'

t.test('submit-cut-before: the connection is cut and nothing is accepted; the second try is', async (t) => {
  const simulator = await start(t)
  const prompt = 'a [fault:submit-cut-before]'
  await t.rejects(submit(simulator, flux, { prompt }))
  t.equal(simulator.admin.acceptedFor(prompt), 0)
  t.equal((await submit(simulator, flux, { prompt })).statusCode, 200)
  t.equal(simulator.admin.acceptedFor(prompt), 1)
})

t.test(
  'submit-cut-after: the connection is cut, the request is accepted and its webhook still comes',
  async (t) => {
    const simulator = await start(t)
    const receiver = await startReceiver()
    t.teardown(() => receiver.close())
    const prompt = 'a [fault:submit-cut-after]'
    await t.rejects(submit(simulator, flux, { prompt }, { webhook: receiver.url }))
    t.equal(simulator.admin.acceptedFor(prompt), 1)
    await until(() => receiver.received[0], 'the webhook')
    t.equal(simulator.admin.state().submits[0]?.statusCode, 0)
  },
)

for (const statusCode of [429, 503, 500]) {
  const name = `submit-${statusCode}`
  t.test(`${name}: refused once, nothing accepted, then taken`, async (t) => {
    const simulator = await start(t)
    const prompt = `a [fault:${name}]`
    t.equal((await submit(simulator, flux, { prompt })).statusCode, statusCode)
    t.equal(simulator.admin.acceptedFor(prompt), 0)
    t.equal((await submit(simulator, flux, { prompt })).statusCode, 200)
  })
}

t.test('submit-slow: the answer comes after the given time', async (t) => {
  const simulator = await start(t)
  const begun = performance.now()
  const { statusCode } = await submit(simulator, flux, { prompt: 'a [fault:submit-slow=0.2]' })
  t.equal(statusCode, 200)
  t.ok(performance.now() - begun >= 190)
})

t.test('submit-garbage: accepted, but the answer is HTML', async (t) => {
  const simulator = await start(t)
  const prompt = 'a [fault:submit-garbage]'
  const answer = await submit(simulator, flux, { prompt })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers.get('content-type'), 'text/html')
  t.equal(simulator.admin.acceptedFor(prompt), 1)
})

t.test('submit-no-urls: accepted with null URLs', async (t) => {
  const simulator = await start(t)
  const { body } = await submit(simulator, flux, { prompt: 'a [fault:submit-no-urls]' })
  t.match(body, { request_id: String, status_url: null, response_url: null, cancel_url: null })
})

const refusals = [
  ['balance-exhausted', 403, /^User is locked. Reason: Exhausted balance./],
  ['user-locked', 403, /^User is locked\. Reason: spending_limit\.$/],
  ['app-offline', 503, /^Application is not available$/],
  ['key-revoked', 401, /^invalid key credentials$/],
  ['unknown-app', 404, /^Application "fal-ai\/flux" not found$/],
] as const

for (const [name, statusCode, text] of refusals) {
  t.test(`${name}: refused every time with FAL's own words, nothing accepted`, async (t) => {
    const simulator = await start(t)
    const prompt = `a [fault:${name}]`
    for (let i = 0; i < 2; i++) {
      const answer = await submit(simulator, flux, { prompt })
      t.equal(answer.statusCode, statusCode)
      t.match(answer.body.detail, text)
    }
    t.equal(simulator.admin.totals().accepted, 0)
  })
}

t.test('a key is refused and a user locked in the words that are asked for', async (t) => {
  const simulator = await start(t)
  const detailOf = async (word: string) =>
    (await submit(simulator, flux, { prompt: `a [fault:${word}]` })).body.detail
  t.equal(
    await detailOf('key-revoked=No user found for Key ID and Secret'),
    'No user found for Key ID and Secret',
  )
  t.equal(await detailOf('user-locked=Under review'), 'User is locked. Reason: Under review.')
})

t.test('apps that a script takes offline are refused, others are not', async (t) => {
  const simulator = await startSimulator({ script: { settings: { offlineApps: ['fal-ai/flux'] } } })
  t.teardown(() => simulator.close())
  const answer = await submit(simulator, flux, { prompt: 'a' })
  t.match(answer, { statusCode: 503, body: { detail: 'Application is not available' } })
  t.equal((await submit(simulator, 'fal-ai/recraft/v3/text-to-image', { prompt: 'a' })).statusCode, 200)
})

t.test('faults come by admin route and by script too, for as many submits as they say', async (t) => {
  const simulator = await startSimulator({ script: { faults: [{ fault: 'submit-503', times: 1 }] } })
  t.teardown(() => simulator.close())
  t.equal((await submit(simulator, flux, { prompt: 'a' })).statusCode, 503)
  t.equal((await submit(simulator, flux, { prompt: 'a' })).statusCode, 200)
  const rule = { fault: 'submit-429', match: { prompt: 'only "this"' } }
  await call(`${simulator.url}/_simulator/faults`, { method: 'POST', body: JSON.stringify(rule) })
  t.equal((await submit(simulator, flux, { prompt: 'a' })).statusCode, 200)
  t.equal((await submit(simulator, flux, { prompt: 'b only "this"' })).statusCode, 429)
  t.strictSame(simulator.admin.state().faultRules, [rule])
  await call(`${simulator.url}/_simulator/faults`, { method: 'DELETE' })
  t.equal((await submit(simulator, flux, { prompt: 'b only "this"' })).statusCode, 200)
})

t.test('an unknown fault or a malformed rule is refused with its reason', async (t) => {
  const simulator = await start(t)
  for (const rule of [
    { fault: 'no-such' },
    { fault: 'submit-503', times: 0 },
    [],
    { fault: 'stuck', extra: 1 },
  ]) {
    const answer = await call(`${simulator.url}/_simulator/faults`, {
      method: 'POST',
      body: JSON.stringify(rule),
    })
    t.equal(answer.statusCode, 400)
  }
  await t.rejects(startSimulator({ script: { faults: [{ fault: 'no-such' }] } }), /Unknown faults: no-such/)
})
