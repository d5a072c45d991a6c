/** The schedule of callback tries: three days in all, never denser again, as patient as the receiver asks. */
import fc from 'fast-check'
import t from 'tap'
import {
  callbackRetrySeconds,
  endpointOf,
  judgeEndpoint,
} from '../../../src/domain/callbacks/callback-schedule.ts'

const plain = (attempt: number) => callbackRetrySeconds(attempt, null, 0.5)

t.test('the tries spread over about three days and then end', async (t) => {
  const delays: number[] = []
  for (let attempt = 1; ; attempt++) {
    const delay = plain(attempt)
    if (delay === null) break
    delays.push(delay)
  }
  const days = delays.reduce((sum, delay) => sum + delay, 0) / 86_400
  t.ok(days > 2.8 && days < 3.2, `${days} days`)
  t.equal(Math.round(delays[0] ?? 0), 5, 'the first comes after seconds')
  t.same(
    delays,
    [...delays].sort((a, b) => a - b),
  )
})

t.test('chance moves a try by a tenth at most, and Retry-After is never undercut', async () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 13 }),
      fc.option(fc.integer({ min: 0, max: 86_400 })),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, wish, random) => {
        const seconds = callbackRetrySeconds(attempt, wish, random) ?? Number.NaN
        const usual = plain(attempt) ?? Number.NaN
        return (
          seconds >= (wish ?? 0) &&
          seconds <= Math.max(usual * 1.1001, wish ?? 0) &&
          seconds >= usual * 0.8999
        )
      },
    ),
  )
})

t.test('a receiver that asks for years is asked again after a day', async (t) => {
  t.equal(callbackRetrySeconds(1, 999_999_999, 0), 86_400)
})

t.test('an endpoint is the address without the query, which often names the job', async (t) => {
  t.equal(endpointOf('https://Example.com:443/hook?job=1#x'), 'https://example.com/hook')
})

t.test('an endpoint is disabled once it failed for five days, and a success forgets all of it', async (t) => {
  const fiveDays = 5 * 86_400_000
  const at = (now: number, isDelivered = false) => ({ now, isDelivered })
  const failing = { failingSince: 1_000, disabledAt: null }
  t.strictSame(judgeEndpoint(null, at(1_000)), failing)
  t.equal(judgeEndpoint(failing, at(1_000 + fiveDays - 1)), failing, 'not a moment earlier')
  const disabled = { failingSince: 1_000, disabledAt: 1_000 + fiveDays }
  t.strictSame(judgeEndpoint(failing, at(1_000 + fiveDays)), disabled)
  t.equal(judgeEndpoint(disabled, at(1_000 + 2 * fiveDays)), disabled, 'it stays as it was disabled')
  for (const known of [null, failing, disabled]) t.equal(judgeEndpoint(known, at(1e12, true)), null)
})
