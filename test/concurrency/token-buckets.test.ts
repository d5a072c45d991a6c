/** Token buckets: never more than burst plus rate × time, whatever the order of calls, in bounded memory. */
import fc from 'fast-check'
import t from 'tap'
import { createTokenBuckets } from '../../src/concurrency/token-buckets.ts'

t.test('a burst passes, then the rate', async (t) => {
  let now = 0
  const buckets = createTokenBuckets({ clock: { now: () => now }, atMost: 10 })
  const take = () => buckets.take('a', 2, 4)
  t.same(
    [1, 2, 3, 4, 5].map(() => take().allowed),
    [true, true, true, true, false],
  )
  t.match(take(), { remaining: 0, nextInSeconds: 0.5, fullInSeconds: 2 })
  now += 500
  t.match(take(), { allowed: true, remaining: 0 })
  t.equal(buckets.take('b', 2, 4).allowed, true, 'others are not touched')
  buckets.giveBack('a')
  t.equal(take().allowed, true)
})

t.test('over any stretch no more passes than the burst and what was refilled', async () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20 }),
      (pauses, rate, burst) => {
        let now = 0
        const buckets = createTokenBuckets({ clock: { now: () => now }, atMost: 10 })
        let passed = 0
        for (const pause of pauses) {
          now += pause
          if (buckets.take('a', rate, burst).allowed) passed += 1
        }
        return passed <= burst + (now / 1000) * rate + 1e-6
      },
    ),
  )
})

t.test('a flood of names is forgotten, the oldest first', async (t) => {
  const buckets = createTokenBuckets({ clock: { now: () => 0 }, atMost: 3 })
  for (const name of ['a', 'b', 'a', 'c', 'd']) buckets.take(name, 1, 2)
  t.equal(buckets.take('a', 1, 2).allowed, false, 'used lately: still known')
  t.equal(buckets.take('b', 1, 2).remaining, 1, 'forgotten')
})
