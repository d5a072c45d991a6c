/** Quotes, confirmation and limits: what a create will cost is known, agreed and bounded before anything reaches FAL. */
import { createServer } from 'node:http'
import { sql } from 'kysely'
import t from 'tap'
import { clientWith } from '../../support/clients.ts'
import { type Answer, type Bench, startBench } from '../../support/service.ts'

const video = { model: 'veo3-1', prompt: 'a wave', durationSeconds: 8 }
const image = { model: 'flux-schnell', prompt: 'a coin', input: { image_size: 'square_hd' } }

t.test('a quote says what a create would do and cost, and sends nothing', async (t) => {
  const bench = await startBench(t)
  const quote = await bench.call('POST', '/api/jobs/quote', { ...image, numOutputs: 4 })
  t.match(quote, {
    status: 200,
    body: {
      quoteId: /^quo_/,
      model: 'flux-schnell',
      endpointId: 'fal-ai/flux/schnell',
      kind: 'image',
      params: { prompt: 'a coin', numOutputs: 4 },
      input: { prompt: 'a coin', num_images: 4, image_size: 'square_hd' },
      warnings: [],
      price: { estimatedMicros: 12_000, unit: 'megapixel', quantity: 4, unitMicros: 3_000, currency: 'USD' },
      confirmationRequired: false,
    },
  })
  const left = Date.parse(quote.body.expiresAt) - Date.now()
  t.ok(left > 500_000 && left <= 600_000, 'it holds ten minutes')
  t.equal(bench.simulator.admin.totals().submits, 0)
  t.equal((await bench.call('GET', '/api/jobs')).body.data.length, 0, 'nothing is stored')
  t.match(await bench.call('POST', '/api/jobs/quote', { ...image, numOutputs: 'x' }), { status: 422 })
  t.match(await bench.call('POST', '/api/jobs/quote', { model: 'nope' }), {
    status: 422,
    body: { code: 'UNKNOWN_MODEL' },
  })
})

t.test('a strict request is refused where another one would be changed', async (t) => {
  const bench = await startBench(t)
  const body = { model: 'flux-schnell', prompt: 'a coin', numOutputs: 9, input: { num_inference_steps: 99 } }
  const changed = await bench.call('POST', '/api/jobs/quote', body)
  t.match(changed, { status: 200, body: { params: { numOutputs: 4 } } })
  t.equal(changed.body.warnings.length, 2)
  for (const path of ['/api/jobs/quote', '/api/jobs']) {
    t.match(await bench.call('POST', path, { ...body, strict: true }), {
      status: 422,
      body: {
        code: 'INVALID_PARAMS',
        errors: [
          { pointer: '/input/num_inference_steps', code: 'would_change', message: /from 99 to 12/ },
          { pointer: '/numOutputs', code: 'would_change', message: /from 9 to 4/ },
        ],
      },
    })
  }
  const exact = { model: 'flux-schnell', prompt: 'a coin', numOutputs: 4, strict: true }
  t.match(await bench.call('POST', '/api/jobs', exact), { status: 202, body: { params: { numOutputs: 4 } } })
})

t.test('a create is held to its quote, in another replica and after a restart', async (t) => {
  const bench = await startBench(t)
  const { quoteId } = (await bench.call('POST', '/api/jobs/quote', image)).body
  const other = await startBench(t, { environment: { DATABASE_URL: bench.database.url } })
  t.match(await other.call('POST', '/api/jobs', { ...image, quoteId }), { status: 202 })
  t.match(await bench.call('POST', '/api/jobs', { ...image, quoteId, metadata: { a: 'b' } }), { status: 202 })
  t.match(await bench.call('POST', '/api/jobs', { ...image, prompt: 'two coins', quoteId }), {
    status: 409,
    body: {
      code: 'QUOTE_CHANGED',
      errors: [{ pointer: '/quoteId', code: 'input_changed' }],
      estimate: { estimatedMicros: 3_000 },
    },
  })
  const told = (await bench.call('POST', '/api/jobs/quote', { model: 'flux-dev', prompt: 'a coin' })).body
  t.match(told, { params: { steps: 28 }, input: { prompt: 'a coin', num_inference_steps: undefined } })
  const asTold = { model: told.model, ...told.params, quoteId: told.quoteId }
  t.match(await bench.call('POST', '/api/jobs', asTold), { status: 202 }, 'its own normalized params')
  const tenant = await clientWith(bench, { scopes: ['jobs:read', 'jobs:write'] })
  const unknown = { status: 422, body: { errors: [{ pointer: '/quoteId', code: 'unknown_quote' }] } }
  t.match(await tenant.call('POST', '/api/jobs', { ...image, quoteId }), unknown, "another client's")
  t.match(await bench.call('POST', '/api/jobs', { ...image, quoteId: 'quo_1' }), unknown)
})

t.test('a dear job needs the word of the caller, and is refused over the maximum named', async (t) => {
  const bench = await startBench(t, { environment: { CONFIRM_ABOVE_MICROS: '1000000' } })
  const quote = await bench.call('POST', '/api/jobs/quote', video)
  t.match(quote.body, { price: { estimatedMicros: 3_200_000 }, confirmationRequired: true })
  const { quoteId } = quote.body
  t.match(await bench.call('POST', '/api/jobs', { ...video, quoteId }), {
    status: 409,
    body: { code: 'CONFIRMATION_REQUIRED', estimate: { estimatedMicros: 3_200_000, currency: 'USD' } },
  })
  t.match(await bench.call('POST', '/api/jobs', { ...video, confirm: true, maxCostMicros: 3_199_999 }), {
    status: 422,
    body: { errors: [{ pointer: '/maxCostMicros', code: 'max_cost_exceeded' }] },
  })
  t.match(
    await bench.call('POST', '/api/jobs', { model: 'workflows/me/mine', input: {}, maxCostMicros: 5 }),
    {
      status: 422,
      body: { errors: [{ pointer: '/maxCostMicros', code: 'price_unknown' }] },
    },
  )
  t.equal(bench.simulator.admin.totals().submits, 0, 'none of it reached FAL')
  t.match(
    await bench.call('POST', '/api/jobs', { ...video, quoteId, confirm: true, maxCostMicros: 3_200_000 }),
    {
      status: 202,
    },
  )
})

t.test(
  'a retry is held to the limit of the first create, and to the cost that was accepted then',
  async (t) => {
    const bench = await startBench(t, { environment: { CONFIRM_ABOVE_MICROS: '2500' } })
    const { db } = bench.service.services.store
    const failing = { ...image, prompt: 'a fall [fault:model-error]' }
    const capped = await bench.create({ ...failing, confirm: true, maxCostMicros: 3_000 })
    const confirmed = await bench.create({ ...failing, confirm: true })
    for (const { id } of [capped, confirmed]) await bench.settled(id)
    const retry = (id: string, query = '') => bench.call('POST', `/api/jobs/${id}/retry${query}`)
    t.equal((await retry(capped.id)).status, 202, 'at the same price nothing is asked again')
    t.equal((await retry(confirmed.id)).status, 202)

    // As if FAL had asked less then.
    await sql`update job set estimated_micros = 2000, max_cost_micros = 2000 where id = ${capped.id.slice(4)}`.execute(
      db,
    )
    await sql`update job set estimated_micros = 2000, at_most_micros = null where id = ${confirmed.id.slice(4)}`.execute(
      db,
    )
    t.match(await retry(capped.id, '?confirm=true'), {
      status: 422,
      body: { errors: [{ pointer: '/maxCostMicros', code: 'max_cost_exceeded' }] },
    })
    t.match(await retry(confirmed.id), { status: 409, body: { code: 'CONFIRMATION_REQUIRED' } })
    t.equal((await retry(confirmed.id, '?confirm=true')).status, 202)
  },
)

t.test(
  'amounts too large to add up are refused, and read as the largest where they are stored',
  async (t) => {
    const bench = await startBench(t)
    const limits = { maxCostMicrosPerMonth: 1e30 }
    const key = { name: 'rich', scopes: ['jobs:read', 'jobs:write'] }
    t.match(await bench.call('POST', '/api/keys', { ...key, limits }), { status: 422 })
    t.match(await bench.call('POST', '/api/jobs', { ...image, maxCostMicros: 1e30 }), { status: 422 })
    const { body } = await bench.call('POST', '/api/keys', key)
    await sql`update api_key set limits = ${JSON.stringify(limits)} where id = ${body.id.slice(4)}`.execute(
      bench.service.services.store.db,
    )
    t.match(await bench.call('POST', '/api/jobs', image, { authorization: `Bearer ${body.key}` }), {
      status: 202,
    })
  },
)

t.test('a limited key does only what it may: models, kinds, cost of a job and of a month', async (t) => {
  const bench = await startBench(t)
  const scopes: ('jobs:read' | 'jobs:write')[] = ['jobs:read', 'jobs:write']
  const images = await clientWith(bench, { scopes, limits: { kinds: ['image'], maxCostMicrosPerJob: 5_000 } })
  for (const path of ['/api/jobs', '/api/jobs/quote']) {
    t.match(await images.call('POST', path, video), {
      status: 403,
      body: { code: 'FORBIDDEN', errors: [{ pointer: '/model', code: 'kind_not_allowed' }] },
    })
    t.match(await images.call('POST', path, { ...image, numOutputs: 2 }), {
      status: 403,
      body: { errors: [{ code: 'cost_limit_per_job' }] },
    })
  }
  const monthly = await clientWith(bench, { scopes, limits: { maxCostMicrosPerMonth: 6_000 } })
  const answers = await Promise.all(Array.from({ length: 6 }, () => monthly.call('POST', '/api/jobs', image)))
  t.same(answers.map(({ status }) => status).sort(), [202, 202, 403, 403, 403, 403])
  t.match(answers.find(({ status }) => status === 403)?.body, {
    errors: [{ code: 'cost_limit_per_month' }],
    limit: { limitMicros: 6_000, spentMicros: 6_000, neededMicros: 3_000 },
  })
})

t.test('trouble with the price list fails no create, no quote and no job', async (t) => {
  const bench = await startBench(t)
  await bench.simulator.admin.down('platform')
  const replica = await startBench(t, {
    environment: { DATABASE_URL: bench.database.url, FAL_PLATFORM_BASE: bench.simulator.platformBase },
  })
  const quote = await replica.call('POST', '/api/jobs/quote', image)
  t.match(quote.body.price, { estimatedMicros: 3_000, source: 'catalogue' })
  const { id } = await replica.create({ ...image, quoteId: quote.body.quoteId })
  t.equal((await replica.settled(id)).status, 'completed')
})

t.test(
  "FAL's present price list replaces the catalogue's prices, and a price that changed breaks a quote",
  async (t) => {
    const bench = await startBench(t)
    const quote = await untilLive(bench)
    t.match(quote.body.price, { source: 'live', estimatedMicros: 3_000 })

    const dearer = await startPriceList(t, 0.006)
    const replica = await startBench(t, {
      environment: { DATABASE_URL: bench.database.url, FAL_PLATFORM_BASE: dearer },
    })
    const { quoteId } = quote.body
    await untilLive(replica)
    t.match(await replica.call('POST', '/api/jobs', { ...image, quoteId }), {
      status: 409,
      body: {
        code: 'QUOTE_CHANGED',
        errors: [{ pointer: '/quoteId', code: 'price_changed' }],
        estimate: { estimatedMicros: 6_000 },
      },
    })
  },
)

/** The first quote by live prices: a start under load may answer one or two by the catalogue's. */
async function untilLive(bench: Bench): Promise<Answer> {
  for (let look = 0; look < 500; look++) {
    const quote = await bench.call('POST', '/api/jobs/quote', image)
    if (quote.body.price.source === 'live') return quote
  }
  throw new Error('no live price came')
}

/** A Platform API that knows one price, in dollars a megapixel. */
async function startPriceList(t: Parameters<typeof startBench>[0], dollars: number): Promise<string> {
  const server = createServer((_request, response) => {
    const price = {
      endpoint_id: 'fal-ai/flux/schnell',
      unit_price: dollars,
      unit: 'megapixels',
      currency: 'USD',
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ prices: [price], next_cursor: null, has_more: false }))
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  t.teardown(() => server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}
