/** Each fault of status and result calls does what its table says, as often as it says. */

import t, { type Test } from 'tap'
import type { JsonObject } from '../../../src/simulator/base/json.ts'
import { isList } from '../../../src/simulator/base/json.ts'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import { call, submit } from '../fal-caller.ts'

/** A completed request of the given fault, unless it is to stay unfinished. */
async function submitted(test: Test, fault: string, isCompleted = true) {
  const simulator = await startSimulator()
  test.teardown(() => simulator.close())
  const { body } = await submit(simulator, 'fal-ai/flux/dev', { prompt: `a [fault:${fault}]` })
  if (isCompleted) simulator.admin.complete(String(body.request_id))
  const full = `${simulator.queueBase}/fal-ai/flux/dev/requests/${body.request_id}`
  return { simulator, status: String(body.status_url), response: String(body.response_url), full, body }
}

const statusesOf = async (url: string, times: number) => {
  const codes: number[] = []
  for (let i = 0; i < times; i++) codes.push((await call(url)).statusCode)
  return codes
}

t.test('status-503: two calls fail, the third answers', async (t) => {
  const { status } = await submitted(t, 'status-503')
  t.strictSame(await statusesOf(status, 3), [503, 503, 200])
})

t.test('status-cut: the connection is cut as often as asked', async (t) => {
  const { status } = await submitted(t, 'status-cut*1')
  await t.rejects(call(status))
  t.equal((await call(status)).statusCode, 200)
})

t.test('status-slow: the answer comes after the given time', async (t) => {
  const { status } = await submitted(t, 'status-slow=0.2')
  const begun = performance.now()
  t.equal((await call(status)).statusCode, 200)
  t.ok(performance.now() - begun >= 190)
})

t.test('status-404: the app-only URL fails, the full-id URL answers', async (t) => {
  const { status, full } = await submitted(t, 'status-404')
  const answer = await call(status)
  t.equal(answer.statusCode, 404)
  t.match(answer.body, { detail: 'Path /dev not found' })
  t.equal((await call(`${full}/status`)).statusCode, 200)
})

t.test('status-garbage: HTML once', async (t) => {
  const { status } = await submitted(t, 'status-garbage')
  t.match((await call(status)).text, '<html>')
  t.match((await call(status)).body, { status: 'COMPLETED' })
})

t.test('status-unknown-word: a word nobody knows with 202, then the truth', async (t) => {
  const { status } = await submitted(t, 'status-unknown-word')
  const answer = await call(status)
  t.equal(answer.statusCode, 202)
  t.equal(answer.body.status, 'WARMING_UP')
  t.equal((await call(status)).body.status, 'COMPLETED')
})

t.test('poll-401: status and result say the key is unknown', async (t) => {
  const { status, response } = await submitted(t, 'poll-401')
  t.strictSame(await statusesOf(status, 2), [401, 401])
  t.equal((await call(response)).statusCode, 401)
})

t.test('result-503: an ingress page without request id, twice, then the result', async (t) => {
  const { response } = await submitted(t, 'result-503')
  const answer = await call(response)
  t.equal(answer.statusCode, 503)
  t.equal(answer.headers.get('x-fal-request-id'), null)
  t.match(answer.text, 'nginx')
  t.strictSame(await statusesOf(response, 2), [503, 200])
})

t.test('result-late: COMPLETED by its status, 503 by its result until its time is over', async (t) => {
  const { simulator, status, response } = await submitted(t, 'result-late=60')
  t.equal((await call(status)).body.status, 'COMPLETED')
  t.strictSame(await statusesOf(response, 3), [503, 503, 503])
  simulator.clock.advance(61)
  t.strictSame(await statusesOf(response, 2), [200, 200])
})

t.test('result-cut: the body breaks off once', async (t) => {
  const { response } = await submitted(t, 'result-cut')
  await t.rejects(call(response))
  t.equal((await call(response)).statusCode, 200)
})

t.test('result-expired: 404 at once, while the Platform API still has the payloads', async (t) => {
  const { simulator, response, body } = await submitted(t, 'result-expired')
  const answer = await call(response)
  t.equal(answer.statusCode, 404)
  t.strictSame(answer.body, { status: 'NOT_FOUND' })
  const query = `endpoint_id=fal-ai/flux/dev&request_id=${body.request_id}&expand=payloads`
  const past = await call(`${simulator.platformBase}/models/requests/by-endpoint?${query}`)
  t.match(past.body, { items: [{ status_code: 200, json_output: { images: [{ url: String }] } }] })
})

t.test('logs-legacy: entries carry labels in place of level and source', async (t) => {
  const firstLog = async (url: string): Promise<JsonObject | undefined> => {
    const { logs } = (await call(`${url}?logs=1`)).body
    const [first] = isList(logs) ? logs : []
    return typeof first === 'object' && first !== null && !isList(first) ? first : undefined
  }
  const legacy = await submitted(t, 'logs-legacy')
  t.strictSame(Object.keys((await firstLog(legacy.status)) ?? {}), ['timestamp', 'message', 'labels'])
  const usual = await submitted(t, 'none')
  t.match(await firstLog(usual.status), { level: 'INFO', source: 'USER', timestamp: /\.\d{6}$/ })
})
