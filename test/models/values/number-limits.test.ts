/** Numbers are brought to the nearest a model takes. */
import fc from 'fast-check'
import t from 'tap'
import type { NumberRule } from '../../../src/models/catalogue/entry.ts'
import { nearest, normalizeNumber } from '../../../src/models/values/number-limits.ts'

t.test('steps count from the minimum and stay within the maximum', async (t) => {
  const rule: NumberRule = { type: 'number', min: 0.5, max: 2.2, step: 0.5 }
  t.same(
    [0, 0.7, 0.8, 1.9, 2.2, 9].map((value) => normalizeNumber(rule, value).value),
    [0.5, 0.5, 1, 2, 2, 2],
  )
  t.equal(
    normalizeNumber({ type: 'number', min: 0, max: 0.1, step: 0.01 }, 0.07).reason,
    null,
    '0.07 is a step',
  )
})

t.test('between two equally near the lower is taken', async (t) => {
  t.equal(nearest([4, 6, 8], 5), 4)
  t.equal(nearest([8, 6, 4], 5), 4)
  t.equal(nearest([5, 10], 7.5), 5)
})

t.test('mending a mended number changes nothing', async () => {
  const limits = fc.record({ low: fc.integer({ min: -50, max: 50 }), span: fc.integer({ min: 1, max: 500 }) })
  const step = fc.constantFrom(undefined, 0.01, 0.1, 0.25, 1, 5)
  fc.assert(
    fc.property(
      limits,
      step,
      fc.boolean(),
      fc.double({ noNaN: true }),
      ({ low, span }, size, whole, value) => {
        const base: NumberRule = { type: whole ? 'integer' : 'number', min: low, max: low + span }
        const rule = size === undefined || whole ? base : { ...base, step: size }
        const once = normalizeNumber(rule, value).value
        const twice = normalizeNumber(rule, once)
        return once >= low && once <= low + span && twice.value === once && twice.reason === null
      },
    ),
    { numRuns: 5000 },
  )
})
