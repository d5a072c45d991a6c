/** Limits of a key: what is named is all that is allowed, and what cannot be read or priced is refused. */
import t from 'tap'
import { type KeyLimits, readKeyLimits } from '../../../src/domain/key-limits.ts'
import { checkKeyLimits, worstCaseMicros } from '../../../src/domain/money/check-key-limits.ts'
import { unknownPrice } from '../../../src/domain/money/pricing.ts'

const request = {
  alias: 'flux-dev',
  endpointId: 'fal-ai/flux/dev',
  kind: 'image',
  price: { ...unknownPrice('no'), estimatedMicros: 25_000 },
}
const unlisted = { ...request, alias: null, endpointId: 'me/mine', kind: 'unknown', price: unknownPrice('?') }

t.test('a request within every limit passes', async () => {
  checkKeyLimits({}, request)
  checkKeyLimits({}, unlisted)
  checkKeyLimits({ models: ['flux-dev'], kinds: ['image'], maxCostMicrosPerJob: 25_000 }, request)
  checkKeyLimits({ models: ['fal-ai/flux/dev'] }, request)
  checkKeyLimits({ models: ['me/mine'], kinds: ['unknown'] }, unlisted)
})

t.test('a request beyond one is refused with a code that names it', async (t) => {
  const refusals: [KeyLimits, typeof request | typeof unlisted, string][] = [
    [{ models: [] }, request, 'model_not_allowed'],
    [{ models: ['flux-schnell'] }, request, 'model_not_allowed'],
    [{ kinds: ['video'] }, request, 'kind_not_allowed'],
    [{ kinds: ['image'] }, unlisted, 'kind_not_allowed'],
    [{ maxCostMicrosPerJob: 24_999 }, request, 'cost_limit_per_job'],
    [{ maxCostMicrosPerJob: 1 }, unlisted, 'price_unknown'],
    [{ maxCostMicrosPerMonth: 1 }, unlisted, 'price_unknown'],
  ]
  for (const [limits, asked, code] of refusals) {
    t.throws(() => checkKeyLimits(limits, asked), {
      code: 'FORBIDDEN',
      errors: [{ pointer: '/model', code }],
    })
  }
})

t.test('limits that cannot be read are an error, never no limits', async (t) => {
  t.same(readKeyLimits({}), {})
  const all = {
    models: ['a'],
    kinds: ['image' as const],
    maxCostMicrosPerJob: 1,
    maxJobsInFlight: 2,
    ratePerSecond: 0.5,
  }
  t.same(readKeyLimits(all), all)
  for (const wrong of [
    null,
    [],
    'x',
    { models: 'all' },
    { kinds: ['smell'] },
    { maxCostPerJob: 3 },
    { maxCostMicrosPerJob: -1 },
  ]) {
    t.throws(() => readKeyLimits(wrong), TypeError)
  }
})

t.test('the worst case is the higher of estimate and ceiling', async (t) => {
  t.equal(worstCaseMicros({ estimatedMicros: 5, atMostMicros: null }), 5)
  t.equal(worstCaseMicros({ estimatedMicros: 5, atMostMicros: 9 }), 9)
  t.equal(worstCaseMicros({ estimatedMicros: null, atMostMicros: 9 }), 9)
  t.equal(worstCaseMicros({ estimatedMicros: null, atMostMicros: null }), null)
})
