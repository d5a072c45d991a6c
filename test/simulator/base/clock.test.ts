/** Simulated time: it runs at its speed, jumps forward, and everything due happens in order. */

import t from 'tap'
import { createClock } from '../../../src/simulator/base/clock.ts'

t.test(
  'a jump runs what falls due, in order, each at its own time, also what is added on the way',
  async (t) => {
    const clock = createClock(1)
    const begun = clock.now()
    const seen: [string, number][] = []
    const note = (name: string) => seen.push([name, Math.round((clock.now() - begun) / 1000)])
    clock.after(20, () => note('later'))
    clock.after(10, () => {
      note('first')
      clock.after(5, () => note('added'))
      clock.after(50, () => note('never'))
    })
    clock.after(10, () => note('second'))
    clock.advance(30)
    t.strictSame(seen, [
      ['first', 10],
      ['second', 10],
      ['added', 15],
      ['later', 20],
    ])
    t.equal(Math.round((clock.now() - begun) / 1000), 30)
    clock.clear()
  },
)

t.test('a task taken off does not run; a wait ends by itself at the speed of the clock', async (t) => {
  const clock = createClock(1000)
  let ran = false
  const takeOff = clock.after(1, () => {
    ran = true
  })
  takeOff()
  const before = clock.now()
  const alive = setInterval(() => {}, 1000)
  await clock.wait(5)
  clearInterval(alive)
  t.ok(clock.now() - before >= 4990)
  t.notOk(ran)
})

t.test('a wait longer than a timer can be does not end at once', async (t) => {
  const clock = createClock(1)
  let ran = false
  clock.after(60 * 86_400, () => {
    ran = true
  })
  await new Promise((resolve) => setTimeout(resolve, 5))
  t.notOk(ran)
  clock.advance(61 * 86_400)
  t.ok(ran)
})
