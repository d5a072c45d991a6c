/** What a request is billed, and each way FAL tells it otherwise or later; the admin knows the truth. */

import t, { type Test } from 'tap'
import { type Simulator, startSimulator } from '../../../src/simulator/simulator.ts'
import { type Answer, call, run, submit } from '../fal-caller.ts'

async function start(test: Test): Promise<Simulator> {
  const simulator = await startSimulator()
  test.teardown(() => simulator.close())
  return simulator
}

const flux = 'fal-ai/flux/dev'
const unitsOf = ({ headers }: Answer) => headers.get('x-fal-billable-units')
const eventsOf = async (simulator: Simulator, requestId: string) =>
  (await call(`${simulator.platformBase}/models/billing-events?request_id=${requestId}`)).body.billing_events

t.test(
  'the admin tells what each request is billed, and their sum is what FAL takes from the balance',
  async (t) => {
    const simulator = await start(t)
    const paid = await run(simulator, flux, { prompt: 'paid', num_images: 3 })
    const wrong = await run(simulator, flux, { num_images: 1 })
    const failed = await run(simulator, flux, { prompt: '[fault:model-error]' })
    const { body } = await submit(simulator, flux, { prompt: 'not yet' })
    t.strictSame(simulator.admin.bill(paid.requestId), {
      requestId: paid.requestId,
      submittedTo: flux,
      endpointId: flux,
      units: 3,
      unitPriceUsd: 0.025,
      costUsd: 0.075,
    })
    t.match(
      simulator.admin.bill(wrong.requestId),
      { units: 0, costUsd: 0 },
      'a wrong input has a row of nothing',
    )
    t.equal(simulator.admin.bill(failed.requestId), undefined)
    t.equal(simulator.admin.bill(String(body.request_id)), undefined)
    t.equal(simulator.admin.totals().billedUsd, 0.075)
    t.strictSame(
      (await call(`${simulator.url}/_simulator/bills`)).text,
      JSON.stringify(simulator.admin.bills()),
    )
    const account = await call(`${simulator.platformBase}/account/billing?expand=credits`)
    t.match(account.body, { credits: { current_balance: 99.925 } })
    simulator.admin.reset()
    t.strictSame(simulator.admin.bills(), [])
  },
)

t.test(
  'bill-as: the result and the billing events name another endpoint, and its price counts',
  async (t) => {
    const simulator = await start(t)
    const { requestId, result } = await run(simulator, flux, { prompt: '[fault:bill-as]', num_images: 2 })
    t.equal(result.headers.get('x-fal-bill-as'), 'fal-ai/flux/schnell')
    t.equal(unitsOf(result), '2')
    const bill = { endpointId: 'fal-ai/flux/schnell', submittedTo: flux, unitPriceUsd: 0.003, costUsd: 0.006 }
    t.match(simulator.admin.bill(requestId), bill)
    t.match(await eventsOf(simulator, requestId), [{ endpoint_id: 'fal-ai/flux/schnell', cost_total: 0.006 }])
    const other = await run(simulator, flux, { prompt: '[fault:bill-as=fal-ai/veo3/fast] again' })
    t.equal(other.result.headers.get('x-fal-bill-as'), 'fal-ai/veo3/fast')
    const usual = await run(simulator, flux, { prompt: 'as submitted' })
    t.equal(usual.result.headers.get('x-fal-bill-as'), null)
  },
)

t.test('fallback: the answer tells which endpoint did it, and is billed under that', async (t) => {
  const simulator = await start(t)
  const { requestId, result } = await run(simulator, flux, { prompt: '[fault:fallback=fal-ai/qwen-image]' })
  t.equal(result.headers.get('x-app-fal-api-fallback'), 'true')
  t.equal(result.headers.get('x-app-fal-api-fallback-endpoint'), 'fal-ai/qwen-image')
  t.equal(result.headers.get('x-fal-bill-as'), 'fal-ai/qwen-image')
  t.match(simulator.admin.bill(requestId), { endpointId: 'fal-ai/qwen-image' })
})

t.test('units-more: a fraction more is billed than was asked for', async (t) => {
  const simulator = await start(t)
  const { requestId, result } = await run(simulator, flux, { prompt: '[fault:units-more=1.04]' })
  t.equal(unitsOf(result), '1.04')
  t.match(simulator.admin.bill(requestId), { units: 1.04, costUsd: 0.026 })
})

t.test('units-late: header and billing event come when the app has reported', async (t) => {
  const simulator = await start(t)
  const { requestId, result, submitted } = await run(simulator, flux, { prompt: '[fault:units-late=60]' })
  t.equal(unitsOf(result), null)
  t.strictSame(await eventsOf(simulator, requestId), [])
  t.match(simulator.admin.bill(requestId), { units: 1 }, 'the admin knows it at once')
  simulator.clock.advance(61)
  t.equal(unitsOf(await call(String(submitted.body.response_url))), '1')
  t.match(await eventsOf(simulator, requestId), [{ output_units: 1 }])
})

t.test('units-zero: the header says nothing was billed, the billing event knows better', async (t) => {
  const simulator = await start(t)
  const { requestId, result } = await run(simulator, flux, { prompt: '[fault:units-zero]' })
  t.equal(unitsOf(result), '0')
  t.match(await eventsOf(simulator, requestId), [{ output_units: 1, cost_total: 0.025 }])
})
