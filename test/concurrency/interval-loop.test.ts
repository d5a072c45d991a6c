/** Rounds: never two at once, none lost that was asked for, a failed one followed by the next, and a stop that waits. */
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { createIntervalLoop } from '../../src/concurrency/interval-loop.ts'

/** Rounds that last until they are let go; `begun` counts them. */
function setUp(t: Test, { everyMs = 3_600_000, atStart = false } = {}) {
  const gates: PromiseWithResolvers<void>[] = []
  const signals: AbortSignal[] = []
  const warned: unknown[] = []
  const begun = new EventTarget()
  const rounds = createIntervalLoop({
    everyMs,
    atStart,
    failed: 'the round failed',
    log: { warn: (...line: unknown[]) => void warned.push(line[1]) },
    async runOnce(signal) {
      signals.push(signal)
      const gate = Promise.withResolvers<void>()
      gates.push(gate)
      begun.dispatchEvent(new Event('round'))
      await gate.promise
    },
  })
  t.teardown(async () => {
    const stopped = rounds.stop()
    for (const gate of gates) gate.resolve()
    await stopped
  })
  return { rounds, gates, signals, warned, begins: () => once(begun, 'round') }
}

t.test('the timer begins no round while one runs, and the next once it has ended', async (t) => {
  const { rounds, gates, begins } = setUp(t, { everyMs: 1 })
  const first = begins()
  rounds.start()
  await first
  for (let looks = 0; looks < 20; looks++) await turn()
  t.equal(gates.length, 1)
  const second = begins()
  gates[0]?.resolve()
  await second
  t.equal(gates.length, 2)
})

t.test('what came up during a round is seen to in one more, however often it was said', async (t) => {
  const { rounds, gates, begins } = setUp(t)
  const first = begins()
  rounds.wake()
  await first
  for (let n = 0; n < 5; n++) rounds.wake()
  const second = begins()
  gates[0]?.resolve()
  await second
  gates[1]?.resolve()
  await turn()
  t.equal(gates.length, 2)
})

t.test('a failed round is logged and does not end the rounds', async (t) => {
  const { rounds, gates, warned, begins } = setUp(t, { atStart: true })
  const first = begins()
  rounds.start()
  await first
  const second = begins()
  rounds.wake()
  gates[0]?.reject(new Error('no database'))
  await second
  t.same(warned, ['the round failed'])
})

t.test('a stop tells the running round, waits for it and begins no other', async (t) => {
  const { rounds, gates, signals, begins } = setUp(t, { atStart: true })
  const first = begins()
  rounds.start()
  await first
  rounds.wake()
  let stopped = false
  const stop = rounds.stop().then(() => {
    stopped = true
  })
  t.equal(signals[0]?.aborted, true)
  await turn()
  t.notOk(stopped, 'the round has not ended yet')
  gates[0]?.resolve()
  await stop
  rounds.wake()
  await turn()
  t.equal(gates.length, 1)
})
