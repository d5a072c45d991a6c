/**
 * Erasing a final job: what its tombstone keeps (id, model, status, times, cost) and what goes. An erased job stays
 * erased.
 */
import type { Fact, Transition, TransitionContext } from '../facts.ts'
import { isFinal, type Job } from '../job.ts'

/** Longer than any run of an archive task and FAL's retention of a result. */
const comeBackAfterSeconds = 2 * 3_600

const nothing: Omit<Transition, 'patch'> = { events: [], ledger: null, tasks: [], callbacks: [] }

/** null when the job is live or already erased. */
export function erased(
  job: Job,
  fact: Extract<Fact, { type: 'erased' }>,
  { source, now }: TransitionContext,
): Transition | null {
  if (!isFinal(job.status) || job.erasedAt !== null) return null
  const again = job.archiveStatus === 'pending' || (job.requestId !== null && job.falCompletedAt === null)
  return {
    patch: {
      erasedAt: now,
      erasing: { keys: fact.keys, again },
      userId: null,
      metadata: {},
      params: {},
      input: {},
      extraInput: null,
      warnings: [],
      queue: {},
      // JSON null, not absent: a late outcome finds that a result is there and changes nothing.
      result: 'null',
      omittedResultBytes: null,
      media: [],
      error: job.error === null ? null : { code: job.error.code, message: 'Erased.', retryable: false },
      archiveStatus: 'none',
      archiveError: null,
      archivedAt: null,
      callbackUrl: null,
      callbackEvents: null,
      falUserId: null,
      nextPollAt: job.openAtFal ? job.nextPollAt : null,
    },
    events: [{ type: 'job.erased', source, data: {} }],
    ledger: null,
    tasks: [{ queue: 'erase' }],
    callbacks: [],
  }
}

/** The tombstone is all that is left from now on. null when that was known. */
export function objectsErased(job: Job, { now }: TransitionContext): Transition | null {
  if (job.erasing === null || job.erasing.gone === true) return null
  const { keys, again } = job.erasing
  return { ...nothing, patch: { erasedAt: now, erasing: { keys, again, gone: true } } }
}

/**
 * A failure of the second deletion does not undo the first: it only searched for what a running copy may have added.
 */
export function eraseFailed(
  job: Job,
  { reason, left, retryInSeconds }: Extract<Fact, { type: 'erase_failed' }>,
  { now }: TransitionContext,
): Transition | null {
  if (job.erasing === null) return null
  const { failures = 0, failingSince = now } = job.erasing
  const erasing = { ...job.erasing, failures: failures + 1, failingSince, error: reason, left }
  return {
    ...nothing,
    patch: { erasing },
    tasks: retryInSeconds === null ? [] : [{ queue: 'erase', startAfterSeconds: retryInSeconds }],
  }
}

/** null when nothing failed: its task is on its way. */
export const eraseAsked = (job: Job): Transition | null =>
  (job.erasing?.failures ?? 0) === 0 ? null : { ...nothing, patch: {}, tasks: [{ queue: 'erase' }] }

/** One round of removing is done; null when no erasure was pending. */
export function erasePassed(job: Job): Transition | null {
  if (job.erasing === null) return null
  if (!job.erasing.again) return { ...nothing, patch: { erasing: null } }
  return {
    ...nothing,
    patch: { erasing: { ...job.erasing, again: false } },
    tasks: [{ queue: 'erase', startAfterSeconds: comeBackAfterSeconds }],
  }
}
