/**
 * Folds facts into a job: the resulting change, numbered and ready to be written. A store adds nothing to it.
 * Promise: the events of a job are numbered without a gap, and its version rises by one with each change.
 */
import type { Fact, LedgerEffect, Transition, TransitionContext } from '../facts.ts'
import type { Job } from '../job.ts'
import { settlingOf } from './cost-facts.ts'
import { created } from './create-facts.ts'
import { transition } from './transition.ts'

/** What is written in one transaction. */
export interface Change {
  /** As it was read, under its lock; of a new job, as it was accepted. */
  before: Job
  after: Job
  /** The changed fields. `version` serves the compare-and-set: the row still has the previous one. */
  patch: Partial<Job>
  /** What follows beside the row. Its events end at `after.eventSeq`. */
  transition: Transition
}

/** Several facts that arrived together, folded in order into one change; null when none changes anything. */
export function foldFacts(job: Job, facts: readonly Fact[], context: TransitionContext): Change | null {
  let current = job
  let merged: Transition | null = null
  for (const fact of facts) {
    const next = transition(current, fact, context)
    if (next === null) continue
    current = { ...current, ...next.patch }
    merged = merged === null ? next : joined(merged, next)
  }
  return merged === null ? null : changeOf(job, merged, context.now, job.version + 1)
}

/** The first change of a job: there is no row yet to compare with, so its version stays where it begins. */
export function foldCreation(
  job: Job,
  fact: Extract<Fact, { type: 'created' }>,
  context: Pick<TransitionContext, 'source' | 'now'>,
): Change {
  const first = created(job, fact, context)
  if (first === null) throw new Error(`${job.id}: it was created before`)
  return changeOf(job, first, context.now, job.version)
}

function changeOf(before: Job, transition: Transition, now: number, version: number): Change {
  const eventSeq = before.eventSeq + transition.events.length
  const after: Job = { ...before, ...transition.patch, updatedAt: now, eventSeq, version }
  const settling = settlingOf(before, after, now)
  const patch = { ...transition.patch, ...settling, updatedAt: now, eventSeq, version }
  return { before, after: { ...after, ...settling }, patch, transition }
}

function joined(first: Transition, then: Transition): Transition {
  return {
    patch: { ...first.patch, ...then.patch },
    events: [...first.events, ...then.events],
    ledger: joinedLedger(first.ledger, then.ledger),
    ...unreservedBy(then.unreservedMicros ?? first.unreservedMicros),
    tasks: [...first.tasks, ...then.tasks],
    callbacks: [...first.callbacks, ...then.callbacks],
  }
}

const unreservedBy = (micros: number | undefined): Pick<Transition, 'unreservedMicros'> =>
  micros === undefined ? {} : { unreservedMicros: micros }

/** What happens to the reservation decides; an adjustment is part of the amount. */
function joinedLedger(first: LedgerEffect | null, then: LedgerEffect | null): LedgerEffect | null {
  if (first === 'release' && then === 'charge_late') return 'capture'
  return then === null || (then === 'adjust' && first !== null) ? first : then
}
