/** Erasing a final job: what its tombstone keeps (id, model, status, times, cost) and what goes. Nothing brings it back. */
import type { Fact, Transition, TransitionContext } from '../facts.ts'
import { isFinal, type Job } from '../job.ts'

/** Longer than any run of an archive task and FAL's keeping of a result. */
const comeBackAfterSeconds = 2 * 3_600

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
      media: [],
      error: job.error === null ? null : { code: job.error.code, message: 'Erased.', retryable: false },
      archiveStatus: 'none',
      archiveError: null,
      archivedAt: null,
      callbackUrl: null,
      callbackEvents: null,
      falUserId: null,
      nextPollAt: null,
    },
    events: [{ type: 'job.erased', source, data: {} }],
    ledger: null,
    tasks: [{ queue: 'erase' }],
    callbacks: [],
  }
}

/** One round of removing is done; null when none was owed. */
export function erasePassed(job: Job): Transition | null {
  if (job.erasing === null) return null
  const done = { events: [], ledger: null, callbacks: [] }
  if (!job.erasing.again) return { ...done, patch: { erasing: null }, tasks: [] }
  return {
    ...done,
    patch: { erasing: { ...job.erasing, again: false } },
    tasks: [{ queue: 'erase', startAfterSeconds: comeBackAfterSeconds }],
  }
}
