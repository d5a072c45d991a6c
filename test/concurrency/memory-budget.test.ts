/** The budget of memory: never exceeded, granted in order, refused in time, and given back whole. */
import fc from 'fast-check'
import t from 'tap'
import { createHolder, createMemoryBudget } from '../../src/concurrency/memory-budget.ts'
import { memoryBudgetBytes } from '../../src/process/memory-limit.ts'

const soon = { withinMs: 20 }
const later = { withinMs: 5_000 }

t.test('what is reserved is never more than the budget, and all of it comes back', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 30 }), async (sizes) => {
      const budget = createMemoryBudget(10)
      let held = 0
      await Promise.all(
        sizes.map(async (bytes) => {
          const release = await budget.reserve(bytes, later)
          held += Math.min(bytes, 10)
          if (held > 10) throw new Error(`${held} of 10`)
          await new Promise(setImmediate)
          held -= Math.min(bytes, 10)
          release()
          release()
        }),
      )
      const all = await budget.reserve(10, soon)
      all()
    }),
    { numRuns: 100 },
  )
  t.pass()
})

t.test('a reservation that finds no room in time is refused, and does not hold up the next', async (t) => {
  const budget = createMemoryBudget(10)
  const first = await budget.reserve(6, later)
  const refused = budget.reserve(7, soon)
  const small = await budget.reserve(4, soon)
  await t.rejects(refused, { code: 'UNAVAILABLE', retryAfterSeconds: 5 })
  small()
  const aborted = budget.reserve(9, { ...later, signal: AbortSignal.timeout(1) })
  await t.rejects(aborted, { name: 'TimeoutError' })
  first()
  const whole = await budget.reserve(100, soon)
  whole()
})

t.test('a holder that has ended keeps nothing, also of what it still waits for', async () => {
  const budget = createMemoryBudget(10)
  const holder = createHolder(budget, later)
  await holder.hold(10)
  const other = createHolder(budget, later)
  const waiting = other.hold(10)
  other.release()
  holder.release()
  await waiting
  const all = await budget.reserve(10, soon)
  all()
})

t.test('the budget follows the container and the heap, unless it is chosen', async (t) => {
  const megabyte = 1024 * 1024
  const budgetOf = (memoryMb: number, heapMb: number) =>
    Math.round(
      memoryBudgetBytes(null, { memoryBytes: memoryMb * megabyte, heapBytes: heapMb * megabyte }) / megabyte,
    )
  t.equal(memoryBudgetBytes(300), 300 * megabyte)
  t.strictSame(
    [budgetOf(512, 512), budgetOf(512, 260), budgetOf(128, 128), budgetOf(64_000, 4_144), budgetOf(1e6, 1e6)],
    [141, 141, 64, 2_486, 4_096],
  )
  t.ok(memoryBudgetBytes(null) >= 64 * megabyte, 'of this process')
})
