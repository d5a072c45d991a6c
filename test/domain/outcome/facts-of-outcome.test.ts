/** What a look means for a job: patience has no end of its own. */
import t from 'tap'
import { isFinal, type Job } from '../../../src/domain/job.ts'
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

const empty: Outcome = {
  type: 'completed',
  result: '{"images":[]}',
  media: [],
  inferenceSeconds: null,
  billableUnits: null,
  billedAs: null,
}

t.test(
  'a result without files is waited for in minutes where the model may give none, else for an hour',
  async (t) => {
    const minute = 60_000
    for (const [mainFile, minutes] of [
      ['images[].url', 3],
      ['video.url', 60],
    ] as const) {
      const job = { ...states.running, mainFile }
      const first = foldFacts(job, factsOfOutcome(empty, job, { now: context.now }), context)?.after ?? job
      t.match(first, {
        status: 'running',
        falStatus: 'COMPLETED',
        awaiting: 'files',
        falCompletedAt: context.now,
      })
      const after = (wait: number) => factsOfOutcome(empty, first, { now: context.now + wait })
      t.match(
        after((minutes - 1) * minute),
        [{ type: 'result_awaited' }],
        `${mainFile} within ${minutes} min`,
      )
      t.match(after((minutes + 1) * minute), [{ type: 'failed', error: { code: 'NO_MEDIA' } }])
    }
  },
)

t.test('a status never goes backwards: not from work to the queue, and not after the end', async (t) => {
  const fold = (job: Job, ...outcomes: Outcome[]): Job =>
    outcomes.reduce(
      (now, outcome) => foldFacts(now, factsOfOutcome(outcome, now, context), context)?.after ?? now,
      job,
    )
  const queued: Outcome = { type: 'queued', queuePosition: 4, logs: [] }
  const running: Outcome = { type: 'running', percent: 0.4, logs: [] }
  const finished: Outcome = { type: 'finished', inferenceSeconds: null, logs: [], hint: null, trouble: '503' }
  const working = fold(states.running, running, queued)
  t.match(working, { falStatus: 'IN_PROGRESS', queuePosition: null, startedAt: context.now })
  const over = fold(working, finished)
  t.match(over, { falStatus: 'COMPLETED', awaiting: 'result', falCompletedAt: context.now })
  t.strictSame(fold(over, running, queued, finished), over, 'nothing later is news')
  t.match(fold(over, empty), { awaiting: 'files' })
})
