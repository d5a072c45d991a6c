/**
 * The state machine of a job: (job, fact, now) → what changes and what follows, or null when the fact changes
 * nothing. Pure. The store persists a transition in one transaction by compare-and-set; nothing else decides
 * `job.status`. Invariant: any order and any repetition of facts ends in one final state, with at most one ledger
 * effect.
 */

import type { AcceptedRequest, EventDraft, Fact, Transition, TransitionContext } from '../facts.ts'
import { isFinal, type Job } from '../job.ts'
import { nextPollAtOf } from '../poll-schedule.ts'
import {
  archiveAsked,
  archiveDelayed,
  archived,
  archiveFailed,
  archiveYielded,
  copiesLost,
  fileArchived,
} from './archive-facts.ts'
import { costSettled, reservationLost } from './cost-facts.ts'
import { admitted, created } from './create-facts.ts'
import { canceledError, completed, ended, endedAtFal, renderedInVain } from './end-facts.ts'
import { eraseAsked, erased, eraseFailed, erasePassed, objectsErased } from './erase-facts.ts'
import { contentErased, mediaErased } from './retention-facts.ts'

/** Minimum change of progress that writes an event, so that a verbose model does not flood the history. */
const progressStep = 0.05

/** What the fact changes, or null when it changes nothing (a duplicate, or a late fact about a final job). */
export function transition(job: Job, fact: Fact, context: TransitionContext): Transition | null {
  switch (fact.type) {
    case 'created':
      return created(job, fact, context)
    case 'admitted':
      return admitted(job, context)
    case 'submitting':
      return submitting(job, fact)
    case 'submitted':
      return submitted(job, fact, context)
    case 'submit_delayed':
      return submitDelayed(job, fact, context)
    case 'submit_refused':
      return submitRefused(job, fact, context)
    case 'submit_uncertain':
      return submitUncertain(job, fact, context)
    case 'resubmit':
      return resubmitted(job, context)
    case 'progress':
      return progressed(job, fact, context)
    case 'result_awaited':
      return awaited(job, fact.reason, context)
    case 'completed':
      return completed(job, fact, context)
    case 'failed':
      return fact.rendered === true
        ? renderedInVain(job, fact.error, context)
        : ended(job, 'failed', fact.error, context)
    case 'canceled':
      return ended(job, 'canceled', canceledError, context)
    case 'cost_settled':
      return costSettled(job, fact, context)
    case 'reservation_lost':
      return reservationLost(job, fact, context)
    case 'cancel_asked':
      return cancelAsked(job, context)
    case 'file_archived':
      return fileArchived(job, fact.index, fact.file)
    case 'archive_delayed':
      return archiveDelayed(job, fact)
    case 'archive_yielded':
      return archiveYielded(job)
    case 'archived':
      return archived(job, fact.files, context)
    case 'archive_failed':
      return archiveFailed(job, fact.reason, context)
    case 'archive_asked':
      return archiveAsked(job, context)
    case 'copies_lost':
      return copiesLost(job, fact.keys, context)
    case 'erased':
      return erased(job, fact, context)
    case 'objects_erased':
      return objectsErased(job, context)
    case 'erase_failed':
      return eraseFailed(job, fact, context)
    case 'erase_asked':
      return eraseAsked(job)
    case 'erase_passed':
      return erasePassed(job)
    case 'media_erased':
      return mediaErased(job, context)
    case 'content_erased':
      return contentErased(job, context)
    case 'callback_tried':
      return change({}, [{ type: fact.event, source: context.source, data: fact.data }])
  }
}

function change(patch: Partial<Job>, events: EventDraft[] = []): Transition {
  return { patch, events, ledger: null, tasks: [], callbacks: [] }
}

function submitting(job: Job, fact: Extract<Fact, { type: 'submitting' }>): Transition | null {
  if (job.status !== 'pending' || job.submission !== 'unsent') return null
  return change({
    submission: 'sending',
    submitAttempts: job.submitAttempts + 1,
    submitRun: fact.run,
    webhookAsked: fact.webhookAsked,
    // The caller's deadline may pass while FAL's answer is awaited.
    nextPollAt: job.deadlineAt,
  })
}

function resubmitted(job: Job, context: TransitionContext): Transition | null {
  if (job.status !== 'pending' || job.submission !== 'uncertain') return null
  if (job.cancelRequestedAt !== null) return ended(job, 'canceled', canceledError, context)
  const reason = 'FAL does not list the request: resubmitted by policy.'
  return {
    ...change({ submission: 'unsent', uncertainSince: null, nextPollAt: null }, [
      {
        type: 'job.submit_delayed',
        source: context.source,
        data: { reason, code: 'SUBMIT_UNCERTAIN' },
      },
    ]),
    tasks: [{ queue: 'submit' }],
  }
}

function submitted(
  job: Job,
  fact: Extract<Fact, { type: 'submitted' }>,
  { source, now, poll }: TransitionContext,
): Transition | null {
  const { request } = fact
  if (job.requestId !== null) return completeRequest(job, request)
  const data = { requestId: request.requestId }
  const events: EventDraft[] = [{ type: 'job.submitted', source, data }]
  if (fact.keyFallback === true) events.push({ type: 'job.key_fallback', source, data: { used: 'FAL_KEY' } })
  const patch: Partial<Job> = {
    submission: 'accepted',
    submittedAt: now,
    uncertainSince: null,
    requestId: request.requestId,
    gatewayRequestId: request.gatewayRequestId,
    statusUrl: request.statusUrl,
    responseUrl: request.responseUrl,
    cancelUrl: request.cancelUrl,
    falKeyRef: request.falKeyRef,
    falStatus: 'IN_QUEUE',
    pollAttempts: 0,
  }
  const firstPoll = nextPollAtOf({ ...job, ...patch }, poll, now)
  // A final job keeps its status, but its request is followed: FAL's render of it is paid.
  if (isFinal(job.status)) return change({ ...patch, nextPollAt: firstPoll, openAtFal: true }, events)
  events.push({ type: 'job.running', source, data })
  return {
    ...change(
      { ...patch, status: 'running', queuePosition: request.queuePosition, nextPollAt: firstPoll },
      events,
    ),
    tasks: job.cancelRequestedAt === null ? [] : [{ queue: 'poll', reason: 'cancel' }],
    callbacks: ['job.running'],
  }
}

/** The submit answer of a request that its webhook already revealed: only the URLs are new. */
function completeRequest(job: Job, request: AcceptedRequest): Transition | null {
  if (job.requestId !== request.requestId || job.statusUrl !== null || request.statusUrl === null) return null
  const { statusUrl, responseUrl, cancelUrl, falKeyRef } = request
  return change({ statusUrl, responseUrl, cancelUrl, falKeyRef })
}

function submitDelayed(
  job: Job,
  fact: Extract<Fact, { type: 'submit_delayed' }>,
  context: TransitionContext,
): Transition | null {
  if (!isOpen(job, fact.run)) return null
  const { reason, code } = fact
  // The answer overrides a process that assumed this attempt lost.
  const patch: Partial<Job> = { submission: 'unsent', uncertainSince: null, nextPollAt: null }
  if (isFinal(job.status)) return endedAtFal({ ...job, ...patch }, patch) ?? change(patch)
  const delayed = change(patch, [
    {
      type: 'job.submit_delayed',
      source: context.source,
      data: { reason, code, attempt: job.submitAttempts },
    },
  ])
  if (job.cancelRequestedAt === null) {
    const untilDeadline =
      job.deadlineAt === null ? Infinity : Math.max(0, job.deadlineAt - context.now) / 1000
    const startAfterSeconds = Math.min(fact.retryInSeconds, untilDeadline)
    return { ...delayed, tasks: [{ queue: 'submit', startAfterSeconds }] }
  }
  // It was canceled while being sent and never arrived: cancel it now.
  const end = ended({ ...job, ...delayed.patch }, 'canceled', canceledError, context)
  return end === null
    ? delayed
    : { ...end, patch: { ...delayed.patch, ...end.patch }, events: [...delayed.events, ...end.events] }
}

function submitRefused(
  job: Job,
  fact: Extract<Fact, { type: 'submit_refused' }>,
  context: TransitionContext,
): Transition | null {
  if (!isOpen(job, fact.run)) return null
  const unsent: Partial<Job> = { submission: 'unsent', uncertainSince: null, nextPollAt: null }
  if (isFinal(job.status)) return endedAtFal(job, unsent) ?? change(unsent)
  const end = ended({ ...job, ...unsent }, 'failed', fact.error, context)
  return end === null ? change(unsent) : { ...end, patch: { ...end.patch, ...unsent } }
}

/** Whether FAL's answer to this run still counts: no request is known, and no other run has sent the job since. */
const isOpen = (job: Job, run: string): boolean =>
  (job.submission === 'sending' || job.submission === 'uncertain') && job.submitRun === run

/** The request of a job that became final meanwhile is still searched for: FAL's render of it is paid. */
function submitUncertain(
  job: Job,
  fact: Extract<Fact, { type: 'submit_uncertain' }>,
  { source, now }: TransitionContext,
): Transition | null {
  if (job.submission !== 'sending' || job.submitRun !== fact.run) return null
  const open = isFinal(job.status) ? { openAtFal: true } : {}
  const patch = { submission: 'uncertain', uncertainSince: now, pollAttempts: 0, nextPollAt: now } as const
  return change({ ...patch, ...open }, [
    { type: 'job.submit_uncertain', source, data: { reason: fact.reason, attempt: job.submitAttempts } },
  ])
}

function progressed(
  job: Job,
  fact: Extract<Fact, { type: 'progress' }>,
  { source, now }: TransitionContext,
): Transition | null {
  // What clients were shown never goes backwards: not after FAL's end, and not when FAL queues a request again.
  if (job.status !== 'running' || job.falCompletedAt !== null) return null
  const started = fact.falStatus === 'IN_PROGRESS' || job.falStatus === 'IN_PROGRESS'
  const falStatus = started ? 'IN_PROGRESS' : 'IN_QUEUE'
  const progress = Math.min(0.99, Math.max(job.progress, fact.percent ?? 0))
  const queuePosition = started ? null : (fact.queuePosition ?? job.queuePosition)
  const moved = progress - job.progress >= progressStep
  if (!moved && job.falStatus === falStatus && queuePosition === job.queuePosition) return null
  const startedAt = job.startedAt ?? (started ? now : null)
  return change({ progress, queuePosition, falStatus, startedAt }, [
    { type: 'job.progress', source, data: { progress, queuePosition, falStatus } },
  ])
}

function awaited(
  job: Job,
  reason: 'no_payload' | 'no_media' | 'doubtful',
  { source, now }: TransitionContext,
): Transition | null {
  if (isFinal(job.status) && !(reason === 'no_payload' && job.result === null)) return null
  if (job.requestId === null) return null
  const awaiting = reason === 'doubtful' ? null : reason === 'no_media' ? 'files' : 'result'
  const event: EventDraft = { type: 'job.result_awaited', source, data: { reason } }
  if (job.falCompletedAt !== null) {
    const isNews = awaiting !== null && awaiting !== job.awaiting && !isFinal(job.status)
    return isNews ? change({ awaiting }, [event]) : null
  }
  const over: Partial<Job> =
    awaiting === null
      ? {}
      : {
          awaiting: isFinal(job.status) ? null : awaiting,
          falStatus: 'COMPLETED',
          queuePosition: null,
          falCompletedAt: now,
          pollAttempts: 0,
        }
  const open = isFinal(job.status) ? { openAtFal: true } : {}
  return {
    ...change({ ...over, ...open, nextPollAt: now + (reason === 'no_media' ? 2_000 : 1_000) }, [event]),
    tasks: reason === 'no_media' ? [] : [{ queue: 'poll', reason }],
  }
}

function cancelAsked(job: Job, context: TransitionContext): Transition | null {
  if (isFinal(job.status) || job.cancelRequestedAt !== null) return null
  const asked: EventDraft = { type: 'job.cancel_requested', source: context.source, data: {} }
  const cancelRequestedAt = context.now
  if (job.status === 'pending' && job.submission === 'unsent') {
    const end = ended(job, 'canceled', canceledError, context)
    return end === null
      ? null
      : { ...end, patch: { ...end.patch, cancelRequestedAt }, events: [asked, ...end.events] }
  }
  if (job.status === 'pending') return change({ cancelRequestedAt }, [asked])
  return {
    ...change({ cancelRequestedAt, pollAttempts: 0, nextPollAt: context.now + 2_000 }, [asked]),
    tasks: [{ queue: 'poll', reason: 'cancel' }],
  }
}
