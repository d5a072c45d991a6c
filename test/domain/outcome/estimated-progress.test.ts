/** The estimate of progress only rises with time, stays below done, and says nothing of jobs that do not run. */
import fc from 'fast-check'
import t from 'tap'
import { estimatedProgress } from '../../../src/domain/outcome/progress.ts'

const running = { status: 'running' as const, submittedAt: 0, expectedSeconds: 60 }

t.test('it never goes back and never says done', async () => {
  const time = fc.integer({ min: -1_000, max: 1e10 })
  fc.assert(
    fc.property(time, time, fc.double({ min: 0.1, max: 1e5, noNaN: true }), (a, b, expectedSeconds) => {
      const [sooner, later] = [Math.min(a, b), Math.max(a, b)].map((now) =>
        estimatedProgress({ ...running, expectedSeconds }, now),
      )
      return sooner !== undefined && later !== undefined && 0 <= sooner && sooner <= later && later <= 0.99
    }),
  )
})

t.test('nine tenths at the usual time', async (t) => {
  t.equal(estimatedProgress(running, 60_000), 0.9)
  t.equal(estimatedProgress(running, 30_000), 0.45)
})

t.test('nothing is guessed without a history, before the submit or after the end', async (t) => {
  t.equal(estimatedProgress({ ...running, expectedSeconds: null }, 60_000), 0)
  t.equal(estimatedProgress({ ...running, submittedAt: null }, 60_000), 0)
  t.equal(estimatedProgress({ ...running, status: 'pending' }, 60_000), 0)
  t.equal(estimatedProgress({ ...running, status: 'failed' }, 60_000), 0)
})
