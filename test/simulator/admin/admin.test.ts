/** The admin tells what happened, over HTTP as in process, and takes the whole simulator down and up. */

import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, run, startReceiver, submit, until } from '../fal-caller.ts'

const flux = 'fal-ai/flux/dev'

async function start(test: Test) {
  const simulator = await startSimulator()
  test.teardown(() => simulator.close())
  const admin = (method: string, path: string, body?: unknown) =>
    call(`${simulator.url}/_simulator${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  return { simulator, admin }
}

t.test(
  'state counts submits per prompt, calls per request, webhooks with their answers, and file reads',
  async (t) => {
    const { simulator, admin } = await start(t)
    const receiver = await startReceiver()
    t.teardown(() => receiver.close())
    const { requestId, submitted } = await run(
      simulator,
      flux,
      { prompt: 'count me' },
      { webhook: receiver.url },
    )
    await call(String(submitted.body.status_url))
    await until(() => receiver.received[0], 'the webhook')
    await until(() => simulator.admin.totals().webhooksTaken === 1, 'the record')
    const { body } = await admin('GET', '/state')
    t.match(body, {
      acceptedByPrompt: { 'count me': 1 },
      totals: { submits: 1, accepted: 1, completed: 1, webhookAttempts: 1 },
      requests: [
        {
          requestId,
          prompt: 'count me',
          statusCode: 200,
          calls: { status: 1, result: 1, cancel: 0, stream: 0 },
          webhooks: [{ kind: 'outcome', statusCode: 200 }],
          key: 'test:secret',
        },
      ],
      submits: [{ requestId, statusCode: 200 }],
      problems: [],
    })
    t.match((await admin('GET', `/requests/${requestId}`)).body, { requestId })
    t.match(JSON.parse((await admin('GET', `/media/${requestId}`)).text), [
      { sha256: /^[0-9a-f]{64}$/, reads: 0 },
    ])
    t.equal((await admin('GET', '/requests/nobody')).statusCode, 404)
  },
)

t.test('the clock, completion, resending and keys work over HTTP', async (t) => {
  const { simulator, admin } = await start(t)
  const { body } = await submit(simulator, flux, { prompt: 'x' })
  t.equal((await admin('POST', '/clock', { advanceSeconds: 0.5 })).statusCode, 200)
  t.equal((await call(String(body.status_url))).body.status, 'IN_PROGRESS')
  t.equal((await admin('POST', `/requests/${body.request_id}/complete`)).statusCode, 200)
  t.equal((await call(String(body.status_url))).body.status, 'COMPLETED')
  t.equal((await admin('POST', `/requests/${body.request_id}/webhook`)).statusCode, 404, 'it asked for none')
  t.equal((await admin('POST', '/keys/rotate')).statusCode, 200)
  t.match((await call(simulator.jwksUrl)).body, { keys: { length: 2 } })
  t.equal((await admin('POST', '/jwks/down', { seconds: 60 })).statusCode, 200)
  t.equal((await call(simulator.jwksUrl)).statusCode, 503)
  t.equal((await admin('POST', '/keys/revoke', { key: 'test:secret' })).statusCode, 200)
  t.equal((await call(String(body.status_url))).statusCode, 401)
  for (const wrong of [{}, { advanceSeconds: -1 }, { advanceSeconds: 'x' }]) {
    t.equal((await admin('POST', '/clock', wrong)).statusCode, 400)
  }
})

t.test('down: 503 from the queue; refused connections; up again on the same port', async (t) => {
  const { simulator, admin } = await start(t)
  await admin('POST', '/down', { mode: '503' })
  t.equal((await submit(simulator, flux, { prompt: 'x' })).statusCode, 503)
  await admin('POST', '/up')
  t.equal((await submit(simulator, flux, { prompt: 'x' })).statusCode, 200)
  await simulator.admin.down('refuse')
  const socket = connect(Number(new URL(simulator.url).port), '127.0.0.1')
  const [error] = await once(socket, 'error')
  t.match(error, { code: 'ECONNREFUSED' })
  await simulator.admin.up()
  t.equal((await submit(simulator, flux, { prompt: 'x' })).statusCode, 200)

  const first = connect(Number(new URL(simulator.url).port), '127.0.0.1')
  t.equal((await admin('POST', '/down', { mode: 'refuse', seconds: 0.1 })).statusCode, 200)
  await once(first, 'close')
  const answer = await eventually(() => submit(simulator, flux, { prompt: 'x' }))
  t.equal(answer.statusCode, 200, 'it opened again by itself')
})

t.test('reset forgets requests, files, faults and counts', async (t) => {
  const { simulator, admin } = await start(t)
  const { submitted } = await run(simulator, flux, { prompt: 'x' })
  simulator.admin.addFault({ fault: 'submit-503' })
  await admin('POST', '/reset')
  t.match(simulator.admin.state(), {
    totals: { submits: 0, accepted: 0, cdnReads: 0 },
    requests: [],
    faultRules: [],
    acceptedByPrompt: {},
  })
  t.equal((await call(String(submitted.body.status_url))).statusCode, 404)
  t.equal((await submit(simulator, flux, { prompt: 'x' })).statusCode, 200)
})

t.test('only so many requests are kept; the counts go on', async (t) => {
  const simulator = await startSimulator({ script: { settings: { keepRequests: 3 } } })
  t.teardown(() => simulator.close())
  for (let i = 0; i < 6; i++) await run(simulator, flux, { prompt: 'same' })
  t.equal(simulator.admin.state().requests.length, 3)
  t.equal(simulator.admin.acceptedFor('same'), 6)
  t.equal(simulator.admin.totals().accepted, 6)
})

/** The first success; refused connections on the way are what is tested. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 200; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}
