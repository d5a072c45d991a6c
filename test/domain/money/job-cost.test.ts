/** What a job's changes move in the month of its key: the budget is counted when it is accepted, the cost in the end. */
import t from 'tap'
import { costOf, monthChange, settlementOf } from '../../../src/domain/money/job-cost.ts'
import { states } from '../sample-job.ts'

const budgetMicros = 25_000
const running = { ...states.running, budgetMicros }
const completed = (actualMicros: number | null) => ({ ...states.completed, budgetMicros, actualMicros })

t.test('an end corrects the month to what the job cost', async (t) => {
  t.equal(monthChange(running, completed(20_000), 'capture'), -5_000)
  t.equal(monthChange(running, completed(30_000), 'capture'), 5_000)
  t.equal(monthChange(running, completed(null), 'capture'), 0, 'FAL told no price: the budget stands')
  t.equal(monthChange(running, { ...states.failed, budgetMicros }, 'release'), -budgetMicros)
})

t.test('what is no end changes nothing, and no second end does', async (t) => {
  t.equal(monthChange(running, { ...running, progress: 0.5 }, null), 0)
  t.equal(monthChange(completed(20_000), { ...completed(20_000), archiveStatus: 'archived' }, null), 0)
  const unlimited = { ...running, budgetMicros: 0 }
  t.equal(monthChange(unlimited, { ...completed(20_000), budgetMicros: 0 }, 'capture'), 0)
})

t.test('a render after the deadline is counted in full: its budget was given back', async (t) => {
  const overdue = { ...states.overdue, budgetMicros, actualMicros: 20_000 }
  t.equal(monthChange(overdue, overdue, 'charge_late'), 20_000)
  t.equal(costOf({ ...overdue, actualMicros: null, estimatedMicros: 7 }), 7)
  t.equal(costOf({ ...overdue, actualMicros: null, estimatedMicros: null }), 0)
})

t.test('only what completed is charged', async (t) => {
  t.equal(settlementOf('completed'), 'capture')
  t.equal(settlementOf('failed'), 'release')
  t.equal(settlementOf('canceled'), 'release')
})
