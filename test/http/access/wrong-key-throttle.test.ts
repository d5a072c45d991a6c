/** Wrong keys are slowed down by address; a right one gives its try back. */
import t from 'tap'
import { createWrongKeyThrottle } from '../../../src/http/access/wrong-key-throttle.ts'

function bench() {
  let now = 0
  const pauses: number[] = []
  const wrongKeys = createWrongKeyThrottle({
    clock: { now: () => now },
    log: { warn: () => {} },
    pause: async (ms) => {
      pauses.push(ms)
      now += ms
    },
  })
  return { wrongKeys, pauses }
}

t.test(
  'the first tries are free, later ones come at a trickle, other addresses are not touched',
  async (t) => {
    const { wrongKeys, pauses } = bench()
    for (let n = 0; n < 20; n++) await wrongKeys.admit('1.2.3.4')
    t.same(pauses, [])
    for (let n = 0; n < 3; n++) await wrongKeys.admit('1.2.3.4')
    t.same(pauses, [500, 500, 500])
    await wrongKeys.admit('5.6.7.8')
    t.equal(pauses.length, 3)
    for (let n = 0; n < 21; n++) await wrongKeys.admit(`2001:db8::${n}`)
    t.equal(pauses.length, 4, 'a /64 is one address')
    await wrongKeys.admit('2001:db8:0:1::1')
    t.equal(pauses.length, 4)
  },
)

t.test('right keys do not use up the free tries', async (t) => {
  const { wrongKeys, pauses } = bench()
  for (let n = 0; n < 100; n++) {
    await wrongKeys.admit('1.2.3.4')
    wrongKeys.wasRight('1.2.3.4')
  }
  t.same(pauses, [])
  wrongKeys.wasWrong('1.2.3.4')
  t.equal(wrongKeys.count(), 1)
})

t.test('of a crowd that waits most are told to come back', async (t) => {
  let release: () => void = () => {}
  const gate = new Promise<void>((settle) => {
    release = settle
  })
  const wrongKeys = createWrongKeyThrottle({
    clock: { now: () => 0 },
    log: { warn: () => {} },
    pause: () => gate,
  })
  const crowd = Array.from({ length: 300 }, () => wrongKeys.admit('1.2.3.4').catch((error: unknown) => error))
  const refused = await Promise.race(crowd.slice(-1))
  t.match(refused, { code: 'RATE_LIMITED', retryAfterSeconds: 1 })
  release()
  const ends = await Promise.all(crowd)
  t.equal(ends.filter((end) => end === undefined).length, 20, 'and nobody waits for ever')
})
