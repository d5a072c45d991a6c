/** Refused webhooks in numbers are answered late, and never more of them than connections can be spared for. */
import t from 'tap'
import { createForgeryThrottle } from '../../../src/http/access/forgery-throttle.ts'

function bench() {
  let now = 0
  const waking: (() => void)[] = []
  const brake = createForgeryThrottle({
    clock: { now: () => now },
    pause: () => new Promise<void>((resolve) => waking.push(resolve)),
  })
  let answered = 0
  const refuse = (count: number) =>
    Promise.all(Array.from({ length: count }, () => brake.hold().then(() => answered++)))
  return { refuse, waking, answered: () => answered, pass: (ms: number) => (now += ms) }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

t.test('a few refusals are answered at once; of a flood each waits', async (t) => {
  const { refuse, waking, answered, pass } = bench()
  await refuse(100)
  t.equal(answered(), 100)
  const flood = refuse(50)
  await settled()
  t.equal(answered(), 100, 'the flood waits')
  t.equal(waking.length, 50)
  for (const wake of waking.splice(0)) wake()
  await flood
  pass(1_000)
  await refuse(20)
  t.equal(waking.length, 0, 'a trickle is free again')
})

t.test('beyond a thousand held ones the next are answered at once', async (t) => {
  const { refuse, waking, answered } = bench()
  void refuse(1_600)
  await settled()
  t.equal(waking.length, 1_000)
  t.equal(answered(), 600)
})
