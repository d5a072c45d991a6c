/** What a job's changes move in the month of its key: the budget is counted when it is accepted, FAL's bill in the end. */
import t from 'tap'
import type { Job } from '../../../src/domain/job.ts'
import { monthChange, settlementOf } from '../../../src/domain/money/job-cost.ts'
import { states } from '../sample-job.ts'

const budgetMicros = 25_000
const running: Job = { ...states.running, budgetMicros }
const completed: Job = { ...states.completed, budgetMicros }
const failed: Job = { ...states.failed, budgetMicros }
const billed = (job: Job, actualMicros: number): Job => ({ ...job, actualMicros, costSource: 'units' })

t.test('a render counts its budget until FAL tells its bill', async (t) => {
  t.equal(monthChange(running, completed), 0)
  t.equal(monthChange(completed, billed(completed, 20_000)), -5_000)
  t.equal(monthChange(completed, billed(completed, 30_000)), 5_000)
  t.equal(monthChange(running, billed(completed, 20_000)), -5_000)
  const guessed = { ...completed, actualMicros: 1, costSource: null }
  t.equal(monthChange(completed, guessed), 0, 'what an older version worked out is no bill')
})

t.test('what FAL did not render counts what FAL billed all the same, as a rule nothing', async (t) => {
  t.equal(monthChange(running, failed), -budgetMicros)
  t.equal(monthChange(failed, billed(failed, 7)), 7)
  t.equal(monthChange(running, { ...failed, openAtFal: true }), 0, 'FAL may still render it')
  const rendered: Job = { ...failed, falStatus: 'COMPLETED', result: '{}' }
  t.equal(monthChange(failed, rendered), budgetMicros, 'rendered late')
})

t.test('what is no end changes nothing, and nothing does without a budget', async (t) => {
  t.equal(monthChange(running, { ...running, progress: 0.5 }), 0)
  t.equal(monthChange(billed(completed, 2), { ...billed(completed, 2), archiveStatus: 'archived' }), 0)
  t.equal(monthChange({ ...running, budgetMicros: 0 }, { ...billed(completed, 2), budgetMicros: 0 }), 0)
})

t.test('only what FAL rendered is charged, in time or late', async (t) => {
  t.equal(settlementOf(completed), 'capture')
  t.equal(settlementOf({ ...failed, falStatus: 'COMPLETED' }), 'capture')
  t.equal(settlementOf(failed), 'release')
  t.equal(settlementOf(states.canceled), 'release')
})
