/** The part of the state machine before a job may be sent to FAL: its creation, and its admission where slots are limited. */
import type { Fact, Transition, TransitionContext } from '../facts.ts'
import type { Job } from '../job.ts'

/** null when the job has a history already. */
export function created(
  job: Job,
  { waitsForSlot }: Extract<Fact, { type: 'created' }>,
  { source }: Pick<TransitionContext, 'source'>,
): Transition | null {
  if (job.eventSeq > 0) return null
  const { model, endpointId, estimatedMicros } = job
  return {
    patch: waitsForSlot ? { turn: 'waiting', turnAt: job.createdAt } : {},
    events: [{ type: 'job.created', source, data: { model, endpointId, estimatedMicros } }],
    ledger: job.reservedMicros > 0 ? 'reserve' : null,
    // A job that waits is sent once it is admitted.
    tasks: waitsForSlot ? [] : [{ queue: 'submit' }],
    callbacks: [],
  }
}

/** null when it is not waiting: it was canceled, or another replica admitted it. */
export function admitted(job: Job, { source, now }: TransitionContext): Transition | null {
  if (job.status !== 'pending' || job.turn !== 'waiting') return null
  const waitedSeconds = Math.max(0, now - (job.turnAt ?? job.createdAt)) / 1000
  return {
    patch: { turn: 'granted', turnAt: now },
    events: [{ type: 'job.admitted', source, data: { waitedSeconds } }],
    ledger: null,
    tasks: [{ queue: 'submit' }],
    callbacks: [],
  }
}
