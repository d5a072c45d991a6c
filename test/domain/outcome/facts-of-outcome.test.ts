/** What a look means for a job: patience has no end of its own. */
import t from 'tap'
import { isFinal } from '../../../src/domain/job.ts'
import { factsOfOutcome } from '../../../src/domain/outcome/facts-of-outcome.ts'
import type { Outcome } from '../../../src/domain/outcome/outcome.ts'
import { foldFacts } from '../../../src/domain/transition/fold.ts'
import { context, states } from '../sample-job.ts'

t.test('a request that FAL still works on keeps its job running, however long it takes', async (t) => {
  for (const hours of [0.03, 2, 48]) {
    const now = context.now + hours * 3_600_000
    const outcomes: Outcome[] = [
      { type: 'queued', queuePosition: 3, logs: [] },
      { type: 'running', percent: null, logs: [] },
      { type: 'unknown', reason: 'a gateway page', code: 'FAL_UNAVAILABLE' },
    ]
    for (const outcome of outcomes) {
      const facts = factsOfOutcome(outcome, states.running, { now })
      const next = foldFacts(states.running, facts, { ...context, now })?.after ?? states.running
      t.notOk(isFinal(next.status), `${outcome.type} after ${hours} h`)
      t.ok(next.nextPollAt !== null)
    }
  }
})
