/** FAL's billing events have the last word: they fill in what its units did not tell, once, and the drift is known. */
import { sql } from 'kysely'
import t from 'tap'
import { createBillStore } from '../../src/infra/postgres/maintenance/bill-store.ts'
import { makeCompareBills } from '../../src/jobs/maintenance/compare-bills.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { type Bench, startBench } from '../support/service.ts'

const adminKey = 'billing-key-id:0123456789-billing-secret'
const start = (t: Parameters<typeof startBench>[0], key: string) =>
  startBench(t, {
    environment: { FAL_BILLING_KEY: key, CREDITS: 'enforced' },
    simulator: { script: { settings: { adminKeys: [adminKey] } } },
  })

function comparing({ service: { services } }: Bench) {
  const lines: string[] = []
  const sums = { compared: 0, over: 0, under: 0 }
  const compare = makeCompareBills({
    statement: services.fal.client.statement,
    bills: createBillStore(services.store.db),
    store: services.store.jobs,
    charge: 'actual',
    // When all of it is long settled.
    clock: { now: () => Date.now() + 3 * 3_600_000 },
    onCompared: (amounts) => Object.assign(sums, amounts),
    log: createLogger({
      level: 'warn',
      secrets: [],
      destination: { write: (line) => void lines.push(line) },
    }),
  })
  return { compare, lines, sums }
}

t.test('a bill that FAL told as 0 units or not at all is filled in from its events', async (t) => {
  const bench = await start(t, adminKey)
  await bench.call('POST', '/api/credits/grants', { amountMicros: 1_000_000, reason: 'a start' })
  const create = (prompt: string) =>
    bench.create({ model: 'flux-schnell', prompt, archive: false, input: { image_size: 'square_hd' } })
  const told = await create('told')
  const zero = await create('zero [fault:units-zero] [fault:units-more=2]')
  const failed = await create('failed [fault:model-error]')
  for (const { id } of [told, zero, failed]) await bench.settled(id)
  const { db } = bench.service.services.store
  await sql`update job set settle_at = now() where id <> ${zero.id.slice(4)}`.execute(db)
  await bench.until(told.id, ({ cost }) => cost.settledAt !== null)

  const { compare, lines, sums } = comparing(bench)
  t.equal(await compare(), 2, 'a failure has no event')
  t.match((await bench.get(told.id)).cost, { actualMicros: 3_000, source: 'units' }, 'it agrees')
  t.match((await bench.get(zero.id)).cost, {
    actualMicros: 6_000,
    source: 'billing_events',
    billableUnits: 2,
    billedAs: 'fal-ai/flux/schnell',
    chargedMicros: 6_000,
  })
  t.strictSame(sums, { compared: 9_000, over: 6_000, under: 0 })
  t.match(JSON.parse(lines[0] ?? ''), {
    endpointId: 'fal-ai/flux/schnell',
    jobs: 1,
    knownMicros: 3_000,
    falMicros: 9_000,
  })
  t.match((await bench.call('GET', '/api/credits')).body, { balanceMicros: 991_000, reservedMicros: 0 })
  t.equal(await compare(), 0, 'a stretch of time is compared once')
})

t.test('a key that may not read them changes nothing, and the stretch stays open', async (t) => {
  const bench = await start(t, 'other-key-id:0123456789-other-secret')
  const { compare, lines } = comparing(bench)
  t.equal(await compare(), 0)
  t.match(JSON.parse(lines[0] ?? ''), { reason: 'FAL answered 403' })
  t.equal(await createBillStore(bench.service.services.store.db).comparedUntil(), null)
})
