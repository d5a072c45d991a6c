/** One look at FAL's bill: what each answer makes of the cost of a job, and when FAL is asked again. */
import t from 'tap'
import type { Bill } from '../../../src/domain/facts.ts'
import type { Job } from '../../../src/domain/job.ts'
import { foldFacts } from '../../../src/domain/transition/fold.ts'
import type { UnitPriceAnswer } from '../../../src/jobs/models/unit-prices.ts'
import { makeSettleCost } from '../../../src/jobs/run/settle-cost.ts'
import type { BillAnswer } from '../../../src/ports/fal.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { context, states } from '../../domain/sample-job.ts'

const log = createLogger({ level: 'silent', secrets: [] })
const reported = (more: Partial<Extract<BillAnswer, { type: 'reported' }>> = {}): BillAnswer => ({
  type: 'reported',
  billableUnits: '4',
  billedAs: null,
  succeeded: true,
  ...more,
})
const cents: Record<string, UnitPriceAnswer> = {
  'fal-ai/flux/dev': { type: 'known', unitPriceUsd: 0.025, unit: 'megapixels' },
  'fal-ai/flux/schnell': { type: 'known', unitPriceUsd: 0.003, unit: 'megapixels' },
  'fal-ai/free': { type: 'known', unitPriceUsd: 0, unit: 'images' },
  'fal-ai/away': { type: 'silent' },
}

/** Looks once, at a job that ended `agoMs` before. */
async function look(answer: BillAnswer, job: Job = states.completed, agoMs = 20_000) {
  let now = job
  const seen = { looks: 0, again: null as number | null, priced: [] as string[] }
  const settleCost = makeSettleCost({
    store: {
      get: async () => now,
      async record(_id, decide) {
        const change = foldFacts(now, decide(now, []), context)
        now = change?.after ?? now
        return { job: now, changed: change !== null, events: [] }
      },
    },
    schedule: {
      async settleLater(_id, at) {
        seen.again = at
      },
    },
    fal: {
      async bill() {
        seen.looks += 1
        return answer
      },
    },
    async unitPriceOf(endpointId) {
      seen.priced.push(endpointId)
      return cents[endpointId] ?? { type: 'unlisted' }
    },
    charge: 'actual',
    clock: { now: () => (job.falCompletedAt ?? job.completedAt ?? 0) + agoMs },
    log,
  })
  const verdict = await settleCost(job.id)
  const { actualMicros, costSource, billableUnits, billedAs, settledAt, settleAt } = now
  return { verdict, ...seen, actualMicros, costSource, billableUnits, billedAs, settledAt, settleAt }
}

t.test('the units of the result at the bare price of the endpoint are the bill', async (t) => {
  t.match(await look(reported()), {
    verdict: 'settled',
    actualMicros: 100_000,
    costSource: 'units',
    billableUnits: '4',
    billedAs: 'fal-ai/flux/dev',
    settledAt: context.now,
    settleAt: null,
    looks: 1,
  })
})

t.test('what was billed as another endpoint has that one’s price', async (t) => {
  const found = await look(reported({ billedAs: 'fal-ai/flux/schnell' }))
  t.match(found, { actualMicros: 12_000, billedAs: 'fal-ai/flux/schnell', priced: ['fal-ai/flux/schnell'] })
  const nowhere = await look(reported({ billedAs: 'fal-ai/unheard-of' }))
  t.match(nowhere, { verdict: 'settled', actualMicros: null, costSource: null, billableUnits: '4' })
  const away = await look(reported({ billedAs: 'fal-ai/away' }))
  t.match(away, { verdict: 'later', settledAt: null }, 'a price that cannot be read now is read later')
})

t.test('units that a poll has read need no look', async (t) => {
  const polled = { ...states.completed, billableUnits: '0.5' }
  t.match(await look(reported(), polled), { looks: 0, actualMicros: 12_500, billableUnits: '0.5' })
})

t.test('0 units are free only where a unit costs nothing', async (t) => {
  const none = reported({ billableUnits: '0', succeeded: false })
  t.match(await look(none, states.failed), {
    verdict: 'settled',
    actualMicros: null,
    costSource: null,
    billableUnits: '0',
  })
  t.match(await look(reported({ billableUnits: '0', billedAs: 'fal-ai/free' })), {
    actualMicros: 0,
    costSource: 'units',
  })
})

t.test('an app that counts later is looked at once more, an hour after the end', async (t) => {
  const ended = states.completed.falCompletedAt ?? 0
  for (const silent of [reported({ billableUnits: null }), reported({ billableUnits: '0' })]) {
    t.match(await look(silent), { verdict: 'later', again: ended + 3_600_000, settledAt: null })
    t.match(await look(silent, states.completed, 3_600_000), { verdict: 'settled', actualMicros: null })
  }
  t.match(await look(reported({ billableUnits: null, succeeded: false }), states.failed), {
    verdict: 'settled',
  })
})

t.test('FAL is asked until it has surely let go', async (t) => {
  const tried = (settleAttempts: number) => ({ ...states.completed, settleAttempts })
  const silent: BillAnswer = { type: 'silent', reason: 'ECONNREFUSED' }
  for (const attempts of [1, 6])
    t.match(await look(silent, tried(attempts)), { verdict: 'later', settledAt: null })
  t.match(await look(silent, tried(7)), { verdict: 'settled', actualMicros: null, settleAt: null })
  t.match(await look({ type: 'running' }, tried(1)), { verdict: 'later' })
  t.match(await look({ type: 'forgotten' }, tried(1)), { verdict: 'later' }, 'one "not found" may be wrong')
  t.match(await look({ type: 'forgotten' }, tried(2)), { verdict: 'settled', actualMicros: null })
})

t.test('a cost is settled once, and only billing events correct it', async (t) => {
  const first = await look(reported())
  const settled: Job = {
    ...states.completed,
    settledAt: first.settledAt,
    actualMicros: 100_000,
    costSource: 'units',
    settleAt: null,
  }
  t.match(await look(reported({ billableUnits: '9' }), settled), {
    verdict: 'nothing',
    looks: 0,
    actualMicros: 100_000,
  })
  const bill = (micros: number, source: Bill['source']) =>
    foldFacts(
      settled,
      [
        {
          type: 'cost_settled',
          charge: 'actual',
          bill: { billableUnits: '5', billedAs: null, micros, source },
        },
      ],
      context,
    )
  t.equal(bill(125_000, 'units'), null)
  t.equal(bill(100_000, 'billing_events'), null)
  t.match(bill(125_000, 'billing_events')?.patch, { actualMicros: 125_000, costSource: 'billing_events' })
})

t.test('a job that never was at FAL has no bill to ask for', async (t) => {
  t.equal(states.unsent.settleAt, null)
  t.match(await look(reported(), { ...states.completed, settleAt: null }), { verdict: 'nothing', looks: 0 })
})
