/** Folding: what a change writes is numbered by the domain, from a job's first event on. */
import t from 'tap'
import type { Job } from '../../../src/domain/job.ts'
import { newJob } from '../../../src/domain/new-job.ts'
import { foldCreation, foldFacts } from '../../../src/domain/transition/fold.ts'
import { context, creation, facts, states } from '../sample-job.ts'

const accepted = (changes = {}) => ({ ...newJob(creation().before), ...changes })
const at = { source: 'api' as const, now: context.now }

t.test('a creation is the first change: event 1, the submit, the reservation', async (t) => {
  const { after, transition } = foldCreation(accepted(), { type: 'created', waitsForSlot: false }, at)
  t.match(after, {
    status: 'pending',
    submission: 'unsent',
    turn: null,
    turnAt: null,
    eventSeq: 1,
    version: 0,
  })
  const { model, endpointId, estimatedMicros } = after
  t.strictSame(transition, {
    patch: {},
    events: [{ type: 'job.created', source: 'api', data: { model, endpointId, estimatedMicros } }],
    ledger: 'reserve',
    tasks: [{ queue: 'submit' }],
    callbacks: [],
  })
})

t.test('where the jobs at FAL are limited it waits for a slot, and being admitted sends it', async (t) => {
  const { after, transition } = foldCreation(accepted(), { type: 'created', waitsForSlot: true }, at)
  t.match(after, { turn: 'waiting', turnAt: after.createdAt, eventSeq: 1 })
  t.strictSame(transition.tasks, [])
})

t.test('a job that reserves nothing moves no money, and none is created twice', async (t) => {
  const fact = { type: 'created' as const, waitsForSlot: false }
  const { after, transition } = foldCreation(accepted({ reservedMicros: 0 }), fact, at)
  t.equal(transition.ledger, null)
  t.throws(() => foldCreation(after, fact, at), /created before/)
  t.equal(foldFacts(after, [fact], context), null)
})

t.test(
  'several facts are one change: their events follow each other, the version rises by one',
  async (t) => {
    const { sending } = states
    const change = foldFacts(sending, [facts.submitted, facts.progress, facts.completed], context)
    t.strictSame(
      change?.transition.events.map(({ type }) => type),
      ['job.submitted', 'job.running', 'job.progress', 'job.completed', 'archive.started'],
    )
    t.match(change?.after, {
      status: 'completed',
      eventSeq: sending.eventSeq + 5,
      version: sending.version + 1,
      updatedAt: context.now,
    })
    t.strictSame(change?.before, sending)
    t.strictSame({ ...sending, ...change?.patch }, change?.after, 'the patch is all that differs')
    t.equal(foldFacts(states.completed, [facts.submitting, facts.progress], context), null)
  },
)

t.test('a lost reservation settles as its request ended, and only as it was found', async (t) => {
  const settle = (job: Job, version = job.version) =>
    foldFacts(job, [{ type: 'reservation_lost', reservedMicros: 9, version }], context)
  const { completed, failed, running } = states
  const captured = settle({ ...completed, chargedMicros: null })
  t.match(captured?.transition, { ledger: 'capture', unreservedMicros: 9 })
  t.match(captured?.transition.events, [
    { type: 'job.credits_settled', data: { settlement: 'capture', reservedMicros: 9 } },
  ])
  t.equal(captured?.after.chargedMicros, 9, 'what was reserved, where no charge was known')
  t.equal(settle({ ...completed, chargedMicros: 4 })?.after.chargedMicros, 4)
  t.equal(settle(failed)?.transition.ledger, 'release')
  t.equal(settle({ ...failed, falStatus: 'COMPLETED' })?.transition.ledger, 'capture', 'rendered late')
  t.equal(settle(running), null)
  t.equal(settle({ ...failed, openAtFal: true }), null, 'FAL may still render it')
  t.equal(settle(failed, failed.version - 1), null, 'another replica was first')
})
