/** Credits over HTTP: grants, balance and statement, refusals that say what is missing, and whose business it is. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import t from 'tap'
import { openapiOf } from '../../models/document/own-documents.ts'
import { clientWith } from '../../support/clients.ts'
import { startBench } from '../../support/service.ts'

const price = 3_000
const image = { model: 'flux-schnell', prompt: 'a coin', input: { image_size: 'square_hd' } }

t.test('with credits enforced a job reserves, a finished one pays, a canceled one gets back', async (t) => {
  const bench = await startBench(t, { environment: { CREDITS: 'enforced' } })
  const refused = await bench.call('POST', '/api/jobs', image)
  t.match(refused, {
    status: 402,
    body: {
      code: 'INSUFFICIENT_CREDITS',
      credits: { neededMicros: price, availableMicros: 0, missingMicros: price, currency: 'USD' },
    },
  })
  t.equal(bench.simulator.admin.totals().submits, 0, 'nothing reached FAL')

  const grant = { amountMicros: 5 * price, reason: 'order 7' }
  const granted = await bench.call('POST', '/api/credits/grants', grant, { 'idempotency-key': 'order-7' })
  t.match(granted, { status: 201, body: { type: 'grant', amountMicros: 5 * price, reason: 'order 7' } })
  const again = await bench.call('POST', '/api/credits/grants', grant, { 'idempotency-key': 'order-7' })
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.equal(again.body.id, granted.body.id)
  const other = { ...grant, amountMicros: 1 }
  t.match(await bench.call('POST', '/api/credits/grants', other, { 'idempotency-key': 'order-7' }), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })
  t.match((await bench.call('GET', '/api/credits')).body, {
    balanceMicros: 5 * price,
    reservedMicros: 0,
    availableMicros: 5 * price,
    currency: 'USD',
    userId: null,
  })

  const { id } = await bench.create(image)
  const job = await bench.settled(id)
  t.equal(job.status, 'completed')
  const paid = job.cost.chargedMicros ?? 0
  await bench.simulator.admin.down('503')
  const waiting = await bench.create(image)
  t.match((await bench.call('GET', '/api/credits')).body, {
    balanceMicros: 5 * price - paid,
    reservedMicros: price,
    availableMicros: 4 * price - paid,
  })
  await bench.call('POST', `/api/jobs/${waiting.id}/cancel`)
  await bench.simulator.admin.up()
  t.equal((await bench.settled(waiting.id)).status, 'canceled')
  t.match((await bench.call('GET', '/api/credits')).body, {
    balanceMicros: 5 * price - paid,
    reservedMicros: 0,
  })

  const first = await bench.call('GET', '/api/credits/ledger?limit=3')
  t.same(
    first.body.data.map((entry: { type: string }) => entry.type),
    ['release', 'reserve', 'capture'],
  )
  t.equal(first.body.hasMore, true)
  const rest = await bench.call('GET', `/api/credits/ledger?limit=3&cursor=${first.body.nextCursor}`)
  t.same(
    rest.body.data.map((entry: { type: string; seq: number }) => [entry.type, entry.seq]),
    [
      ['reserve', 2],
      ['grant', 1],
    ],
  )
  t.equal(rest.body.hasMore, false)
  t.equal(first.body.data[2].jobId, id)
  t.equal((await bench.call('GET', '/api/credits/ledger?cursor=x')).status, 422)
})

t.test('a polled job pays what was estimated until FAL tells its bill', async (t) => {
  const bench = await startBench(t, { environment: { CREDITS: 'enforced' }, webhooks: false })
  await bench.call('POST', '/api/credits/grants', { amountMicros: 5_000_000, reason: 'a start' })
  const requests = [
    { ...image, numOutputs: 4 },
    { model: 'ideogram-v3', prompt: 'a coin' },
    { model: 'gpt-image-1', prompt: 'a coin', numOutputs: 2, input: { quality: 'low' } },
  ]
  const ids = await Promise.all(requests.map(async (request) => (await bench.create(request)).id))
  for (const id of ids) {
    const { cost, status, model } = await bench.settled(id)
    t.equal(status, 'completed')
    t.equal(cost.chargedMicros, cost.estimatedMicros, model)
    t.equal(cost.actualMicros, null, 'a result of a rule is no bill')
  }
  t.match((await bench.call('GET', '/api/credits')).body, {
    balanceMicros: 5_000_000 - 4 * price - 60_000 - 2 * 16_000,
    reservedMicros: 0,
  })
})

t.test(
  'with credits enforced a price that nobody knows is refused, with what is bounded reserved at its bound',
  async (t) => {
    const bench = await startBench(t, { environment: { CREDITS: 'enforced' } })
    await bench.call('POST', '/api/credits/grants', { amountMicros: 10_000_000, reason: 'x' })
    const unlisted = await bench.call('POST', '/api/jobs', { model: 'workflows/me/mine', input: {} })
    t.match(unlisted, { status: 422, body: { errors: [{ pointer: '/model', code: 'price_unknown' }] } })
    t.equal(bench.simulator.admin.totals().submits, 0)
    await bench.simulator.admin.down('503')
    const bounded = await bench.create({ model: 'gpt-image-1', prompt: 'a coin' })
    t.equal(bounded.cost.estimatedMicros, null)
    t.match((await bench.call('GET', '/api/credits')).body, { reservedMicros: 250_000 })
  },
)

t.test(
  'with credits enforced a price that is not fully known reserves what client or operator set',
  async (t) => {
    const input = {
      type: 'object',
      properties: { prompt: { type: 'string' }, num_images: { type: 'integer', default: 1 } },
    }
    const models = [
      {
        endpointId: 'studio/based',
        openapi: openapiOf({ endpointId: 'studio/based', input }),
        unit: 'images',
        unitPrice: 0.05,
      },
      {
        endpointId: 'studio/opaque',
        openapi: openapiOf({ endpointId: 'studio/opaque', input }),
        unit: 'units',
        unitPrice: 0.01,
      },
    ]
    const environment = { CREDITS: 'enforced', CREDITS_UNKNOWN_RESERVE_MICROS: '400000' }
    const bench = await startBench(t, { environment, simulator: { models } })
    await bench.call('POST', '/api/credits/grants', { amountMicros: 10_000_000, reason: 'x' })
    await bench.simulator.admin.down('503')
    const reserved = async () => (await bench.call('GET', '/api/credits')).body.reservedMicros
    const quote = await bench.call('POST', '/api/jobs/quote', { model: 'studio/based', prompt: 'a fox' })
    t.match(quote.body.price, { estimatedMicros: 50_000, confidence: 'base' })

    await bench.create({ model: 'studio/based', prompt: 'a fox' })
    t.equal(await reserved(), 400_000)
    await bench.create({
      model: 'studio/based',
      prompt: 'a fox',
      input: { num_images: 4 },
      maxCostMicros: 250_000,
    })
    t.equal(await reserved(), 650_000)
    await bench.create({ model: 'studio/opaque', prompt: 'a fox', maxCostMicros: 1_000_000 })
    t.equal(await reserved(), 1_650_000)
    const low = await bench.call('POST', '/api/jobs', {
      model: 'studio/based',
      prompt: 'a fox',
      maxCostMicros: 10,
    })
    t.match(low, { status: 422, body: { errors: [{ code: 'max_cost_exceeded' }] } })
  },
)

t.test('grants are for admins; other clients and their users see and get nothing of it', async (t) => {
  const bench = await startBench(t)
  const tenant = await clientWith(bench, { scopes: ['jobs:read', 'jobs:write', 'credits:write'] })
  const grant = { amountMicros: 100, reason: 'mine' }
  t.match(await tenant.call('POST', '/api/credits/grants', grant), { status: 403 })
  t.match(await bench.call('POST', '/api/credits/grants', { ...grant, clientId: tenant.clientId }), {
    status: 201,
  })
  t.match(
    await bench.call('POST', '/api/credits/grants', { ...grant, clientId: tenant.clientId, userId: 'ada' }),
    { status: 201 },
  )
  t.match((await tenant.call('GET', '/api/credits')).body, { balanceMicros: 100, userId: null })
  t.match((await tenant.call('GET', '/api/credits?userId=ada')).body, { balanceMicros: 100, userId: 'ada' })
  t.match((await bench.call('GET', '/api/credits')).body, { balanceMicros: 0 })
  t.match((await bench.call('GET', `/api/credits?clientId=${tenant.clientId}`)).body, { balanceMicros: 100 })
  const foreign = await ownClientId(bench)
  t.equal((await tenant.call('GET', `/api/credits?clientId=${foreign}`)).status, 403)
  const biller = await clientWith(bench, { scopes: ['credits:write'] })
  t.equal((await biller.call('GET', '/api/credits')).status, 200)
  const writer = await clientWith(bench, { scopes: ['jobs:write'] })
  t.equal((await writer.call('GET', '/api/credits/ledger')).status, 403)
  t.match(await bench.call('POST', '/api/credits/grants', { ...grant, clientId: 'cli_nobody' }), {
    status: 422,
    body: { errors: [{ pointer: '/clientId', code: 'unknown_client' }] },
  })
  for (const amountMicros of [0, -5, 1.5, '7']) {
    t.equal((await bench.call('POST', '/api/credits/grants', { ...grant, amountMicros })).status, 422)
  }
})

async function ownClientId(bench: Awaited<ReturnType<typeof startBench>>): Promise<string> {
  const row = await bench.service.services.store.db
    .selectFrom('client')
    .select('id')
    .where('name', '=', 'default')
    .executeTakeFirstOrThrow()
  return `cli_${row.id}`
}

t.test(
  'what FAL renders after its deadline all the same is paid, and counts for the month of its key',
  async (t) => {
    const bench = await startBench(t, { environment: { CREDITS: 'enforced' }, simulator: { speed: 20 } })
    const key = await bench.call('POST', '/api/keys', {
      name: 'late',
      scopes: ['jobs:write', 'jobs:read'],
      limits: { maxCostMicrosPerMonth: 10 * price },
    })
    const as = { authorization: `Bearer ${key.body.key}` }
    const { clientId } = key.body
    await bench.call('POST', '/api/credits/grants', { amountMicros: 5 * price, reason: 'late', clientId })
    const late = { ...image, prompt: 'late [fault:slow=60] [fault:cancel-ignored]', deadlineSeconds: 1 }
    const { id } = await bench.create(late, as)
    const archived = async () => (await bench.call('GET', `/api/jobs/${id}`, undefined, as)).body
    let job = await archived()
    for (; job.archive.status !== 'archived'; job = await archived()) await sleep(50)
    t.match(job, { status: 'failed', error: { code: 'DEADLINE' } })
    const cost = job.cost.chargedMicros
    t.ok(cost > 0)
    t.match((await bench.call('GET', '/api/credits', undefined, as)).body, {
      balanceMicros: 5 * price - cost,
      reservedMicros: 0,
    })
    const { rows } = await sql<{ spent: number }>`select cost_micros as spent from api_key_month`.execute(
      bench.service.services.store.db,
    )
    t.strictSame(rows, [{ spent: cost }])
  },
)
