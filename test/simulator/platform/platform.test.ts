/** The Platform API: catalogue, prices, past requests with payloads, erasure, keys, and its own error shape. */

import t, { type Test } from 'tap'
import { startSimulator } from '../../../src/simulator/simulator.ts'
import type { SimulatorSettings } from '../../../src/simulator/world/settings.ts'
import { call, run, submit, urlsIn } from '../fal-caller.ts'

async function start(test: Test, settings: Partial<SimulatorSettings> = {}) {
  const simulator = await startSimulator({ script: { settings } })
  test.teardown(() => simulator.close())
  const get = (path: string) => call(simulator.platformBase + path)
  const post = (path: string, body: unknown) =>
    call(simulator.platformBase + path, { method: 'POST', body: JSON.stringify(body) })
  return { simulator, get, post }
}

t.test('models are listed in pages, filtered, with their OpenAPI documents on demand', async (t) => {
  const { get } = await start(t)
  const first = (await get('/models?limit=40')).body
  t.match(first, { models: Array, has_more: true, next_cursor: 'Mg==' })
  t.match((await get('/models?limit=40&cursor=Mg==')).body, { has_more: false, next_cursor: null })
  const one = (await get('/models?endpoint_id=fal-ai/flux/dev&expand=openapi-3.0')).body
  t.match(one, {
    models: [
      { endpoint_id: 'fal-ai/flux/dev', metadata: { status: 'active' }, openapi: { openapi: '3.0.4' } },
    ],
  })
  t.equal((await get('/models?endpoint_id=no/such')).statusCode, 404)
  t.match((await get('/models?category=text-to-speech')).body, {
    models: [{ metadata: { category: 'text-to-speech' } }],
  })
})

t.test('prices and estimates', async (t) => {
  const { get, post } = await start(t)
  t.match((await get('/models/pricing?endpoint_id=fal-ai/flux/dev,fal-ai/veo3')).body, {
    prices: [
      { endpoint_id: 'fal-ai/flux/dev', unit_price: 0.025, unit: 'megapixels', currency: 'USD' },
      { endpoint_id: 'fal-ai/veo3' },
    ],
  })
  const endpoints = { 'fal-ai/flux/dev': { unit_quantity: 50 } }
  const estimate = await post('/models/pricing/estimate', { estimate_type: 'unit_price', endpoints })
  t.strictSame(estimate.body, { estimate_type: 'unit_price', total_cost: 1.25, currency: 'USD' })
  t.equal((await post('/models/pricing/estimate', { estimate_type: 'unit_price' })).statusCode, 400)
  t.equal((await get('/models/pricing')).statusCode, 400)
})

t.test('a request whose submit answer was lost is found by endpoint and input', async (t) => {
  const { simulator, get } = await start(t)
  await t.rejects(submit(simulator, 'fal-ai/flux/dev', { prompt: 'lost [fault:submit-cut-after]' }))
  await run(simulator, 'fal-ai/flux/dev', { prompt: 'other' })
  const list = '/models/requests/by-endpoint?endpoint_id=fal-ai/flux/dev'
  const { body } = await get(`${list}&expand=payloads`)
  const lost = { json_input: { prompt: 'lost [fault:submit-cut-after]' }, ended_at: null, status_code: null }
  t.match(body, { items: [lost, { status_code: 200, json_output: { images: [{}] } }], has_more: false })
  t.notMatch((await get(list)).body, { items: [{ json_input: Object }] })
  t.match((await get(`${list}&status=success`)).body, { items: { length: 1 } })
  t.match((await get(`${list}&start=2099-01-01`)).body, { items: { length: 0 } })
  t.match((await get(`${list}&limit=1`)).body, { items: { length: 1 }, has_more: true, next_cursor: 'Mg==' })
  for (const wrong of ['&start=never', '&limit=0', '&limit=101', '&cursor=???']) {
    t.match((await get(list + wrong)).body, { error: { type: 'validation_error' } }, wrong)
  }
})

t.test('erasing payloads removes output files, input and output', async (t) => {
  const { simulator, get } = await start(t)
  const { requestId, result, submitted } = await run(simulator, 'fal-ai/flux/dev', { prompt: 'erase' })
  const url = urlsIn(result.body)[0] ?? ''
  const path = `${simulator.platformBase}/models/requests/${requestId}/payloads`
  const erased = await call(path, { method: 'DELETE' })
  t.match(erased.body, { cdn_delete_results: [{ link: url, exception: null }] })
  t.equal((await fetch(url)).status, 404)
  t.equal((await call(String(submitted.body.response_url))).statusCode, 404)
  const past = await get(`/models/requests/by-endpoint?endpoint_id=fal-ai/flux/dev&expand=payloads`)
  t.notMatch(past.body, { items: [{ json_input: Object }] })
  t.equal((await call(path.replace(requestId, 'nobody'), { method: 'DELETE' })).statusCode, 404)
})

t.test('keys are shown once, deleted quietly, and need ADMIN scope', async (t) => {
  const { simulator, post, get } = await start(t, { adminKeys: ['test:secret'] })
  const created = await post('/keys', { alias: 'ci' })
  t.equal(created.statusCode, 201)
  t.match(created.body, { key: `${created.body.key_id}:${created.body.key_secret}` })
  t.notMatch((await get('/keys')).text, String(created.body.key_secret))
  t.equal((await post('/keys', { alias: '' })).statusCode, 400)
  const deletion = `${simulator.platformBase}/keys/${created.body.key_id}`
  t.equal((await call(deletion, { method: 'DELETE' })).statusCode, 204)
  t.equal((await call(deletion, { method: 'DELETE' })).statusCode, 204)
  const other = await call(`${simulator.platformBase}/keys`, { headers: { authorization: 'Key some:other' } })
  t.equal(other.statusCode, 403)
  t.match(other.body, { error: { type: 'authorization_error' } })
})

t.test("every refusal has the Platform API's shape; meta needs no key", async (t) => {
  const { simulator, get } = await start(t)
  const anonymous = await fetch(`${simulator.platformBase}/models/pricing?endpoint_id=a/b`)
  t.equal(anonymous.status, 401)
  t.strictSame(await anonymous.json(), {
    error: { type: 'authorization_error', message: 'Authentication required' },
  })
  t.match((await get('/nothing/here')).body, { error: { type: 'not_found' } })
  t.match(await (await fetch(`${simulator.platformBase}/meta`)).json(), { webhook_ip_ranges: [/\/32$/] })
  await simulator.admin.down('platform')
  t.match((await get('/models')).body, { error: { type: 'server_error' } })
  await simulator.admin.up()
  t.equal((await get('/models')).statusCode, 200)
})

t.test('billing tells the cost of one request and lowers the balance', async (t) => {
  const { simulator, get } = await start(t)
  const { requestId } = await run(simulator, 'fal-ai/flux/dev', { prompt: 'paid' })
  const { body } = await get(`/models/billing-events?request_id=${requestId}`)
  t.match(body, {
    billing_events: [{ request_id: requestId, cost_total: 0.025, cost_estimate_nano_usd: 25_000_000 }],
  })
  t.match((await get('/account/billing?expand=credits')).body, { credits: { current_balance: 99.975 } })
})
