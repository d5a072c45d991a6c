/** FAL in trouble is not hammered: submits stop, one probe at a time asks, and all go on with its first answer. */
import t from 'tap'
import { createSubmitBreaker } from '../../../src/jobs/run/submit-breaker.ts'
import type { SubmitAnswer } from '../../../src/ports/fal.ts'

const later = (retryAfterSeconds: number | null = null): SubmitAnswer => ({
  type: 'later',
  reason: 'FAL answered 429.',
  code: 'FAL_UNAVAILABLE',
  retryAfterSeconds,
})
const refused: SubmitAnswer = {
  type: 'refused',
  error: { code: 'FAL_REJECTED', message: 'no', retryable: false },
}

function bench() {
  let now = 0
  const pauses: (number | null)[] = []
  const breaker = createSubmitBreaker({
    clock: { now: () => now },
    failures: 3,
    onChange: (pauseMs) => pauses.push(pauseMs),
  })
  return { breaker, pauses, advance: (ms: number) => (now += ms) }
}

t.test(
  'some failures in a row hold submits back; an answer between them starts the count anew',
  async (t) => {
    const { breaker } = bench()
    for (const answer of [later(), later(), refused, later(), later()]) breaker.saw(answer)
    t.equal(breaker.isOpen(), false, 'a refusal is an answer: FAL works')
    breaker.saw({ type: 'uncertain', reason: 'FAL answered 500.' })
    t.equal(breaker.isOpen(), true)
    t.equal(await breaker.enter(0), null)
  },
)

t.test('an offline model holds back no submit of another', async (t) => {
  const { breaker } = bench()
  for (let count = 0; count < 9; count++)
    breaker.saw({ type: 'later', reason: 'offline', code: 'MODEL_OFFLINE', retryAfterSeconds: null })
  t.equal(breaker.isOpen(), false)
})

t.test('one probe at a time, after pauses that grow and follow Retry-After', async (t) => {
  const { breaker, pauses, advance } = bench()
  for (let n = 0; n < 8; n++) breaker.saw(later())
  t.strictSame(pauses, [1_000], 'failures of submits that were under way are no news')
  advance(1_000)
  const probe = await breaker.enter(0)
  t.ok(probe)
  t.equal(await breaker.enter(0), null, 'the second waits for what the first learns')
  breaker.saw(later())
  probe?.done()
  t.strictSame(pauses, [1_000, 2_000])
  advance(2_000)
  const second = await breaker.enter(0)
  breaker.saw(later(60))
  second?.done()
  t.equal(pauses.at(-1), 60_000)
})

t.test('with the first answer everybody who waits goes on at once', async (t) => {
  const { breaker, pauses, advance } = bench()
  for (let n = 0; n < 3; n++) breaker.saw(later())
  advance(1_000)
  const probe = await breaker.enter(0)
  const waiting = [1, 2, 3].map(() => breaker.enter(60_000))
  breaker.saw(refused)
  probe?.done()
  t.notOk((await Promise.all(waiting)).includes(null))
  t.equal(pauses.at(-1), null)
})

t.test('a probe that was not needed leaves its place to the next; stopping lets nobody wait', async (t) => {
  const { breaker, advance } = bench()
  for (let n = 0; n < 3; n++) breaker.saw(later())
  advance(1_000)
  const probe = await breaker.enter(0)
  const next = breaker.enter(60_000)
  probe?.done()
  t.ok(await next)
  const last = breaker.enter(60_000)
  breaker.stop()
  t.equal(await last, null)
})

t.test('a service that stops while FAL answers still sends what it has taken', async (t) => {
  const { breaker } = bench()
  breaker.stop()
  t.ok(await breaker.enter(0))
})
