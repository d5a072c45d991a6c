/**
 * The retention part of the state machine: removes a final job's files, or its prompts, inputs and results; the job
 * itself stays.
 */
import type { Transition, TransitionContext } from '../facts.ts'
import { isFinal, type Job } from '../job.ts'

/** The archived objects were removed before this is recorded. null while a copy is under way. */
export function mediaErased(job: Job, { source }: TransitionContext): Transition | null {
  const isIdle = job.archiveStatus !== 'pending' && job.archiveStatus !== 'none'
  if (!isFinal(job.status) || job.erasedAt !== null || !isIdle) return null
  return {
    patch: { media: [], archiveStatus: 'none', archiveError: null, archivedAt: null },
    events: [{ type: 'archive.erased', source, data: { files: job.media.length } }],
    ledger: null,
    tasks: [],
    callbacks: [],
  }
}

/** null while a copy is under way, which may still need the result, and when it was done before. */
export function contentErased(job: Job, { source, now }: TransitionContext): Transition | null {
  if (!isFinal(job.status) || job.erasedAt !== null || job.archiveStatus === 'pending') return null
  if (job.contentErasedAt !== null) return null
  return {
    patch: {
      contentErasedAt: now,
      params: {},
      input: {},
      extraInput: null,
      warnings: [],
      // JSON null, not absent: a late outcome finds that a result is there and changes nothing.
      result: 'null',
      omittedResultBytes: null,
      error: job.error === null ? null : { code: job.error.code, message: 'Erased.', retryable: false },
    },
    events: [{ type: 'job.content_erased', source, data: {} }],
    ledger: null,
    tasks: [],
    callbacks: [],
  }
}
