/** Whatever order the world chooses: one final state, one ledger effect, one result, and every render kept. */
import fc from 'fast-check'
import t from 'tap'
import type { Fact, Transition } from '../../../src/domain/facts.ts'
import { isFinal, isFinalEvent, type Job } from '../../../src/domain/job.ts'
import { type Duty, hasDuty, requiredTasks } from '../../../src/domain/required-task.ts'
import { foldFacts } from '../../../src/domain/transition/fold.ts'
import { context, facts, pendingJob, states } from '../sample-job.ts'
import { arbitraryFacts } from './arbitrary-facts.ts'

/** Every state on the way, and every transition that was made. */
function walk(start: Job, given: readonly Fact[]): { jobs: Job[]; made: Transition[] } {
  const jobs = [start]
  const made: Transition[] = []
  for (const fact of given) {
    const job = jobs.at(-1) ?? start
    const next = foldFacts(job, [fact], context)
    if (next === null) continue
    jobs.push(next.after)
    made.push(next.transition)
  }
  return { jobs, made }
}

const world = fc.tuple(
  arbitraryFacts,
  fc.constantFrom(null, context.now - 1, context.now + 60_000),
  fc.boolean(),
)

const jobOf = (deadlineAt: number | null, archiveWanted: boolean) => pendingJob({ deadlineAt, archiveWanted })

t.test('a final status never changes, and money moves once', async () => {
  fc.assert(
    fc.property(world, ([given, deadlineAt, archiveWanted]) => {
      const { jobs, made } = walk(jobOf(deadlineAt, archiveWanted), given)
      const first = jobs.findIndex((job) => isFinal(job.status))
      const ends = new Set(jobs.slice(first === -1 ? jobs.length : first).map((job) => job.status))
      if (ends.size > 1) throw new Error(`more than one final status: ${[...ends]}`)
      const charges = made.filter((transition) => transition.ledger !== null)
      const follows: readonly (string | null)[] = ['charge_late', 'adjust']
      const moves = charges.filter(({ ledger }) => !follows.includes(ledger))
      if (moves.length > 1) throw new Error('money moved twice')
      const late = charges.filter(({ ledger }) => ledger === 'charge_late').length
      if (charges.length - moves.length - late > 1) throw new Error('settled twice')
      if (late > 0 && (late > 1 || moves[0]?.ledger !== 'release'))
        throw new Error('charged late what was not released, or twice')
      const end = jobs.at(-1)
      const isOver = end !== undefined && isFinal(end.status) && !end.openAtFal
      if (isOver && moves.length !== 1) throw new Error('money did not move')
      if (end !== undefined && moves.length + (end.reservedMicros > 0 ? 1 : 0) !== 1)
        throw new Error('a reservation was lost')
      if (end !== undefined && isFinal(end.status) && end.nextPollAt !== null && !end.openAtFal)
        throw new Error('FAL may still render it, and it counts nowhere')
      if (end?.result && end.chargedMicros === 0) throw new Error('a render was not charged')
      if (end?.status === 'completed' && moves[0]?.ledger !== 'capture') throw new Error('not captured')
      const ended = made.flatMap(({ events }) => events).filter(({ type }) => isFinalEvent(type))
      if (ended.length > 1) throw new Error('two ends in the history')
      const told = made.flatMap(({ callbacks }) => callbacks)
      if (new Set(told).size !== told.length) throw new Error(`told twice: ${told}`)
    }),
    { numRuns: 3_000 },
  )
})

t.test('a result that is there is never replaced, and what FAL renders in the end is archived', async () => {
  const tail: Fact[] = [facts.submitted, facts.completed, facts.archive_asked, facts.archived]
  fc.assert(
    fc.property(world, ([given, deadlineAt]) => {
      const { jobs } = walk(jobOf(deadlineAt, true), [...given, ...tail])
      const results = new Set(jobs.flatMap((job) => (job.result === null ? [] : [job.result])))
      if (results.size !== 1) throw new Error('no result, or two')
      const end = jobs.at(-1)
      if (end?.archiveStatus !== 'archived' || end.media.some((file) => file.archive === null)) {
        throw new Error(`the render was not archived: ${end?.status} ${end?.archiveStatus}`)
      }
      if (end.nextPollAt !== null) throw new Error('still looked for')
      if (!isFinal(end.status)) throw new Error(`not final: ${end.status}`)
    }),
    { numRuns: 3_000 },
  )
})

t.test(
  'a job that was never surely refused is never sent by a second run while the first may succeed',
  async () => {
    fc.assert(
      fc.property(arbitraryFacts, (given) => {
        let job = pendingJob()
        let open = false
        for (const fact of given) {
          const next = foldFacts(job, [fact], context)
          if (next === null) continue
          if (fact.type === 'submitting') {
            if (open) throw new Error('sent again beside an open attempt')
            open = true
          }
          const told =
            fact.type === 'submit_delayed' || fact.type === 'submit_refused' || fact.type === 'submitted'
          if (told || fact.type === 'resubmit') open = false
          job = next.after
        }
      }),
      { numRuns: 3_000 },
    )
  },
)

t.test('progress never goes back', async () => {
  fc.assert(
    fc.property(arbitraryFacts, (given) => {
      const { jobs } = walk(pendingJob(), given)
      jobs.reduce((before, job) => {
        if (job.progress < before) throw new Error(`${job.progress} after ${before}`)
        return job.progress
      }, 0)
    }),
  )
})

/** `sending` is entered by the task itself. */
const scheduled: readonly Duty[] = ['submit', 'archive']

t.test('a change into a state that requires a task schedules it', async (t) => {
  const entered = new Set<Duty>()
  for (const before of Object.values(states)) {
    for (const fact of Object.values(facts)) {
      const next = foldFacts(before, [fact], context)
      if (next === null) continue
      for (const duty of scheduled) {
        if (hasDuty(before, duty) || !hasDuty(next.after, duty)) continue
        entered.add(duty)
        const { queue } = requiredTasks[duty]
        const isScheduled = next.transition.tasks.some((task) => task.queue === queue)
        t.ok(isScheduled, `${fact.type} of ${before.status}/${before.submission} schedules ${queue}`)
      }
    }
  }
  t.strictSame([...entered].sort(), ['archive', 'submit'])
})
