/** Money is whole micro-dollars and reads back as dollars. */
import fc from 'fast-check'
import t from 'tap'
import { ceilMicros, formatUsd, usdToMicros } from '../../../src/domain/money/money.ts'

t.test('dollars become micro-dollars, never less', async (t) => {
  t.equal(usdToMicros(0.0398), 39_800)
  t.equal(usdToMicros(1.005), 1_005_000)
  t.equal(usdToMicros(0.0000001), 1)
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10_000_000_000 }),
      (micros) => usdToMicros(micros / 1_000_000) === micros,
    ),
    { numRuns: 5_000 },
  )
})

t.test('rounding goes up, except for noise', async (t) => {
  t.equal(ceilMicros(1400.0000000000002), 1400)
  t.equal(ceilMicros(1400.001), 1401)
  t.equal(ceilMicros(9_995_904_771.000002), 9_995_904_771)
})

t.test('amounts read as dollars with at least two decimals', async (t) => {
  t.same([600_000, 39_800, 1, 0, 12_000_000].map(formatUsd), ['0.60', '0.0398', '0.000001', '0.00', '12.00'])
})
