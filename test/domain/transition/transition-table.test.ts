/** The state machine as a table: every fact in every state a job can rest in. What is not listed changes nothing. */
import t from 'tap'
import type { Fact } from '../../../src/domain/facts.ts'
import { hasObjectsLeft, type Job } from '../../../src/domain/job.ts'
import { foldFacts } from '../../../src/domain/transition/fold.ts'
import { transition } from '../../../src/domain/transition/transition.ts'
import { context, facts, overdue, request, states } from '../sample-job.ts'

type Cells = Partial<Record<keyof typeof states, string>>

/** `status/submission/archive events tasks ledger`, and `look` when the timer stands. */
const table: Record<keyof typeof facts, Cells> = {
  created: {},
  admitted: {
    waiting: 'pending/unsent/none job.admitted submit - -',
  },
  submitting: {
    waiting: 'pending/sending/none - - - -',
    unsent: 'pending/sending/none - - - -',
  },
  submitted: {
    waiting: 'running/accepted/none job.submitted+job.running - - look',
    unsent: 'running/accepted/none job.submitted+job.running - - look',
    sending: 'running/accepted/none job.submitted+job.running - - look',
    uncertain: 'running/accepted/none job.submitted+job.running - - look',
    overdueSending: 'failed/accepted/none job.submitted - - look',
    givenUp: 'failed/accepted/none job.submitted - - look',
  },
  submit_delayed: {
    sending: 'pending/unsent/none job.submit_delayed submit - -',
    uncertain: 'pending/unsent/none job.submit_delayed submit - -',
    overdueSending: 'failed/unsent/none - - release -',
    givenUp: 'failed/unsent/none - - - -',
  },
  submit_refused: {
    sending: 'failed/unsent/none job.failed - release -',
    uncertain: 'failed/unsent/none job.failed - release -',
    overdueSending: 'failed/unsent/none - - release -',
    givenUp: 'failed/unsent/none - - - -',
  },
  submit_uncertain: {
    sending: 'pending/uncertain/none job.submit_uncertain - - look',
    overdueSending: 'failed/uncertain/none job.submit_uncertain - - look',
  },
  resubmit: {
    uncertain: 'pending/unsent/none job.submit_delayed submit - -',
  },
  progress: {
    running: 'running/accepted/none job.progress - - look',
  },
  result_awaited: {
    running: 'running/accepted/none job.result_awaited poll - look',
    failed: 'failed/accepted/none job.result_awaited poll - look',
    overdue: 'failed/accepted/none job.result_awaited poll - look',
    canceled: 'canceled/accepted/none job.result_awaited poll - look',
  },
  completed: {
    running: 'completed/accepted/pending job.completed+archive.started archive capture -',
    awaited: 'completed/accepted/pending job.completed+archive.started archive capture -',
    failed: 'failed/accepted/pending job.result_late+archive.started archive charge_late -',
    overdue: 'failed/accepted/pending job.result_late+archive.started archive capture -',
    canceled: 'canceled/accepted/pending job.result_late+archive.started archive charge_late -',
  },
  failed: {
    waiting: 'failed/unsent/none job.failed - release -',
    unsent: 'failed/unsent/none job.failed - release -',
    sending: 'failed/sending/none job.failed - release -',
    uncertain: 'failed/uncertain/none job.failed - release -',
    running: 'failed/accepted/none job.failed - release -',
    awaited: 'failed/accepted/none job.failed - release -',
    overdue: 'failed/accepted/none - - release -',
    overdueSending: 'failed/sending/none - - release -',
  },
  cancel_asked: {
    waiting: 'canceled/unsent/none job.cancel_requested+job.canceled - release -',
    unsent: 'canceled/unsent/none job.cancel_requested+job.canceled - release -',
    sending: 'pending/sending/none job.cancel_requested - - -',
    uncertain: 'pending/uncertain/none job.cancel_requested - - look',
    running: 'running/accepted/none job.cancel_requested poll - look',
    awaited: 'running/accepted/none job.cancel_requested poll - look',
  },
  canceled: {
    waiting: 'canceled/unsent/none job.canceled - release -',
    unsent: 'canceled/unsent/none job.canceled - release -',
    sending: 'canceled/sending/none job.canceled - release -',
    uncertain: 'canceled/uncertain/none job.canceled - release -',
    running: 'canceled/accepted/none job.canceled - release -',
    awaited: 'canceled/accepted/none job.canceled - release -',
    overdue: 'failed/accepted/none - - release -',
    overdueSending: 'failed/sending/none - - release -',
  },
  file_archived: {
    completed: 'completed/accepted/pending - - - -',
  },
  archive_delayed: {
    completed: 'completed/accepted/pending - archive - -',
  },
  archive_yielded: {
    completed: 'completed/accepted/pending - archive - -',
  },
  archived: {
    completed: 'completed/accepted/archived archive.archived - - -',
  },
  archive_failed: {
    completed: 'completed/accepted/failed archive.failed - - -',
  },
  archive_asked: {
    shelved: 'completed/accepted/pending archive.started archive - -',
  },
  cost_settled: {
    completed: 'completed/accepted/pending job.cost_settled - adjust -',
    archived: 'completed/accepted/archived job.cost_settled - adjust -',
    shelved: 'completed/accepted/failed job.cost_settled - adjust -',
    failed: 'failed/accepted/none job.cost_settled - adjust -',
    canceled: 'canceled/accepted/none job.cost_settled - adjust -',
  },
}

for (const [name, cells] of Object.entries(table)) {
  t.test(`the fact ${name} does what the table says in every state`, async (t) => {
    const fact: Fact = facts[name as keyof typeof facts]
    for (const [state, job] of Object.entries(states)) {
      const next = transition(job, fact, context)
      const expected = cells[state as keyof typeof states] ?? 'nothing'
      if (next === null) {
        t.equal('nothing', expected, `${name} when ${state}`)
        continue
      }
      const { status, submission, archiveStatus, nextPollAt } = { ...job, ...next.patch }
      const seen = [
        `${status}/${submission}/${archiveStatus}`,
        next.events.map((event) => event.type).join('+') || '-',
        next.tasks.map((task) => task.queue).join('+') || '-',
        next.ledger ?? '-',
        nextPollAt === null ? '-' : 'look',
      ]
      t.equal(seen.join(' '), expected, `${name} when ${state}`)
    }
  })
}

t.test('a fact that arrives again changes nothing the second time', async (t) => {
  for (const [state, job] of Object.entries(states)) {
    for (const [name, fact] of Object.entries(facts)) {
      const first = transition(job, fact, context)
      if (first === null || name === 'archive_delayed' || name === 'archive_yielded') continue
      const again = transition({ ...job, ...first.patch }, fact, context)
      t.equal(again, null, `${name} twice when ${state}`)
    }
  }
})

t.test(
  'a request that turns up after its job was erased is followed to its end, and then what FAL keeps of it goes',
  async (t) => {
    const erased = transition(states.givenUp, { type: 'erased', keys: ['a'] }, context)
    const tombstone = { ...states.givenUp, ...erased?.patch, erasing: null }
    const next = transition(tombstone, facts.submitted, context)
    t.match(next?.patch, { requestId: request.requestId, openAtFal: true })
    t.type(next?.patch.nextPollAt, 'number')
    t.strictSame(next?.tasks, [], 'without its payloads FAL could not say how it ends')
    const followed = { ...tombstone, ...next?.patch }
    for (const end of [facts.completed, facts.failed]) {
      const over = transition(followed, end, context)
      t.match(over?.patch, { openAtFal: false, nextPollAt: null, erasing: { again: true } })
      t.equal(over?.patch.result, undefined, 'nothing of it is kept')
      t.strictSame(over?.tasks, [{ queue: 'erase' }])
    }
  },
)

t.test(
  'an erased job is told erased once its objects are gone, however often removing them fails before',
  async (t) => {
    const after = (job: Job, fact: Fact) => ({ ...job, ...transition(job, fact, context)?.patch })
    const failure = { type: 'erase_failed', reason: 'no', left: 2, retryInSeconds: 5 } as const
    const erased = after(states.completed, { type: 'erased', keys: ['a'] })
    t.ok(hasObjectsLeft(erased))
    t.equal(transition(erased, { type: 'erase_asked' }, context), null, 'its task is on its way')
    const failed = after(after(erased, failure), failure)
    t.match(failed.erasing, { failures: 2, failingSince: context.now, error: 'no', left: 2, keys: ['a'] })
    t.match(transition(failed, failure, context)?.tasks, [{ queue: 'erase', startAfterSeconds: 5 }])
    t.match(transition(failed, { type: 'erase_asked' }, context)?.tasks, [{ queue: 'erase' }])
    const gone = after(failed, { type: 'objects_erased' })
    t.notOk(hasObjectsLeft(gone))
    t.notOk('failures' in (gone.erasing ?? {}))
    t.equal(transition(gone, { type: 'objects_erased' }, context), null)
    t.notOk(hasObjectsLeft(after(gone, failure)), 'a later look that fails does not bring them back')
    const passed = after(gone, { type: 'erase_passed' })
    t.match(passed.erasing, { again: false, gone: true }, 'a copy was under way: one more look')
    t.equal(after(passed, { type: 'erase_passed' }).erasing, null)
  },
)

t.test('an admission says since when the job waited, and is one however often it is given', async (t) => {
  const { waiting } = states
  const turnAt = context.now - 1_500
  const next = transition({ ...waiting, turnAt }, facts.admitted, context)
  t.strictSame(next?.patch, { turn: 'granted', turnAt: context.now })
  t.strictSame(next?.events[0]?.data, { waitedSeconds: 1.5 })
  t.equal(transition({ ...waiting, ...next?.patch }, facts.admitted, context), null)
  t.equal(transition({ ...waiting, status: 'canceled' }, facts.admitted, context), null)
})

t.test(
  'a result that cannot be used ends its job and is charged once, whatever comes after it',
  async (t) => {
    const inVain: Fact = { ...facts.failed, rendered: true }
    const expected: Partial<Record<keyof typeof states, string>> = {
      running: 'failed job.failed capture',
      awaited: 'failed job.failed capture',
      failed: 'failed - charge_late',
      overdue: 'failed - capture',
      canceled: 'canceled - charge_late',
    }
    for (const [state, line] of Object.entries(expected)) {
      const job = states[state as keyof typeof states]
      const change = foldFacts(job, [inVain], context)
      const types = change?.transition.events.map(({ type }) => type).join() || '-'
      t.equal(`${change?.after.status} ${types} ${change?.transition.ledger}`, line, state)
      t.match(change?.after, {
        falStatus: 'COMPLETED',
        nextPollAt: null,
        openAtFal: false,
        reservedMicros: 0,
      })
      t.type(change?.after.settleAt, 'number', 'its bill is asked for')
      if (change === null) continue
      t.equal(transition(change.after, inVain, context), null)
      t.equal(transition(change.after, facts.failed, context), null)
      t.equal(
        transition(change.after, facts.completed, context)?.ledger,
        null,
        'a late result is not paid again',
      )
    }
    t.equal(transition(states.completed, inVain, context), null)
  },
)

t.test('content is erased once, and not while a copy still needs it', async (t) => {
  const erase: Fact = { type: 'content_erased' }
  const erased = transition(states.archived, erase, context)
  t.match(erased?.patch, { contentErasedAt: context.now, result: 'null', input: {} })
  t.equal(transition({ ...states.archived, ...erased?.patch }, erase, context), null)
  t.equal(transition(states.completed, erase, context), null, 'its archive is pending')
})

t.test('credit that would be given back and taken again in one change is taken', async (t) => {
  const late = foldFacts(
    { ...states.running, reservedMicros: 5 },
    [{ type: 'failed', error: overdue }, facts.completed],
    context,
  )
  t.equal(late?.transition.ledger, 'capture')
})
