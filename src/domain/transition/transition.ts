/**
 * The state machine of a job: (job, fact, now) → what changes and what follows, or null when the fact changes
 * nothing. Pure. The store persists a transition in one transaction by compare-and-set; nothing else decides
 * `job.status`. Invariant: any order and any repetition of facts ends in one final state, with at most one ledger
 * effect.
 */

import type { AcceptedRequest, EventDraft, Fact, Transition, TransitionContext } from '../facts.ts'
import { isFinal, type Job, type JobError } from '../job.ts'
import { nextPollAtOf } from '../poll-schedule.ts'
import {
  archiveAsked,
  archiveDelayed,
  archived,
  archiveFailed,
  copiesLost,
  fileArchived,
} from './archive-facts.ts'
import { costSettled } from './cost-facts.ts'
import { admitted, created } from './create-facts.ts'
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
      return ended(job, 'failed', fact.error, context)
    case 'canceled':
      return ended(job, 'canceled', canceledError, context)
    case 'cost_settled':
      return costSettled(job, fact, context)
    case 'cancel_asked':
      return cancelAsked(job, context)
    case 'file_archived':
      return fileArchived(job, fact.index, fact.file)
    case 'archive_delayed':
      return archiveDelayed(job, fact)
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

const canceledError: JobError = { code: 'CANCELED', message: 'The job was canceled.', retryable: true }

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
  if (job.erasedAt !== null) {
    // Nothing of an erased job is kept, so FAL's stored payloads are erased as well.
    const erasing = { ...(job.erasing ?? { keys: [], gone: true }), again: true }
    return { ...change({ ...patch, nextPollAt: null, erasing }, events), tasks: [{ queue: 'erase' }] }
  }
  // A final job keeps its status, but its request is recorded: a late render is still archived.
  if (isFinal(job.status)) return change({ ...patch, nextPollAt: firstPoll }, events)
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
  if (isFinal(job.status)) return change(patch)
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
  return change({ submission: 'uncertain', uncertainSince: now, pollAttempts: 0, nextPollAt: now }, [
    { type: 'job.submit_uncertain', source, data: { reason: fact.reason, attempt: job.submitAttempts } },
  ])
}

function progressed(
  job: Job,
  fact: Extract<Fact, { type: 'progress' }>,
  { source, now }: TransitionContext,
): Transition | null {
  if (job.status !== 'running') return null
  const started = fact.falStatus === 'IN_PROGRESS'
  const progress = Math.min(0.99, Math.max(job.progress, fact.percent ?? 0))
  const queuePosition = started ? null : (fact.queuePosition ?? job.queuePosition)
  const moved = progress - job.progress >= progressStep
  if (!moved && job.falStatus === fact.falStatus && queuePosition === job.queuePosition) return null
  const startedAt = job.startedAt ?? (started ? now : null)
  return change({ progress, queuePosition, falStatus: fact.falStatus, startedAt }, [
    { type: 'job.progress', source, data: { progress, queuePosition, falStatus: fact.falStatus } },
  ])
}

function awaited(
  job: Job,
  reason: 'no_payload' | 'no_media' | 'doubtful',
  { source, now }: TransitionContext,
): Transition | null {
  if (isFinal(job.status) && !(reason === 'no_payload' && job.result === null)) return null
  if (job.falCompletedAt !== null || job.requestId === null) return null
  const over = reason === 'doubtful' ? {} : { falCompletedAt: now, pollAttempts: 0 }
  return {
    ...change({ ...over, nextPollAt: now + (reason === 'no_media' ? 2_000 : 1_000) }, [
      { type: 'job.result_awaited', source, data: { reason } },
    ]),
    tasks: reason === 'no_media' ? [] : [{ queue: 'poll', reason }],
  }
}

function completed(
  job: Job,
  fact: Extract<Fact, { type: 'completed' }>,
  { source, now }: TransitionContext,
): Transition | null {
  if (job.status === 'completed' || job.result !== null || job.requestId === null) return null
  const late = isFinal(job.status)
  const ledger = late ? lateCharge(job) : job.reservedMicros > 0 ? 'capture' : null
  const ruleMicros = fact.ruleMicros ?? null
  const files = fact.media.length
  const archiveStatus = files === 0 ? 'none' : job.archiveWanted ? 'pending' : 'disabled'
  const patch: Partial<Job> = {
    result: fact.result,
    media: fact.media,
    inferenceSeconds: fact.inferenceSeconds ?? job.inferenceSeconds,
    falUserId: fact.falUserId ?? job.falUserId,
    estimatedMicros: job.estimatedMicros ?? ruleMicros,
    billableUnits: fact.billableUnits ?? null,
    billedAs: fact.billedAs ?? null,
    falStatus: 'COMPLETED',
    falCompletedAt: job.falCompletedAt ?? now,
    nextPollAt: null,
    archiveStatus,
    ...(ledger === null ? {} : { chargedMicros: ruleMicros ?? unsettledCharge(job) }),
  }
  const events: EventDraft[] = []
  if (late) {
    // FAL finished a job that had already ended otherwise: its status stays, its render is archived.
    events.push({ type: 'job.result_late', source, data: { files, status: job.status } })
  } else {
    const { inferenceSeconds } = fact
    const begun = inferenceSeconds === null ? null : now - Math.round(inferenceSeconds * 1000)
    Object.assign(patch, {
      status: 'completed',
      progress: 1,
      queuePosition: null,
      startedAt: job.startedAt ?? (begun === null ? null : Math.max(begun, job.submittedAt ?? job.createdAt)),
      completedAt: now,
      reservedMicros: 0,
    } satisfies Partial<Job>)
    events.push({ type: 'job.completed', source, data: { files, inferenceSeconds } })
  }
  if (archiveStatus === 'pending') events.push({ type: 'archive.started', source, data: { files } })
  return {
    patch,
    events,
    ledger,
    tasks: archiveStatus === 'pending' ? [{ queue: 'archive' }] : [],
    callbacks: late ? [] : ['job.completed'],
  }
}

/** Charge late renders: otherwise a client could set deadlines that FAL never meets and get renders for free. */
const lateCharge = (job: Job) => (job.error?.code === 'DEADLINE' ? 'charge_late' : null)

/** Until FAL tells its bill: what was reserved, and of a job whose reservation was released what it was estimated at. */
const unsettledCharge = (job: Job): number =>
  job.reservedMicros > 0 ? job.reservedMicros : (job.estimatedMicros ?? 0)

function ended(
  job: Job,
  status: 'failed' | 'canceled',
  error: JobError,
  { source, now }: TransitionContext,
): Transition | null {
  if (isFinal(job.status)) {
    // The late end of the request of a final job: stop polling it.
    return job.nextPollAt === null ? null : change({ nextPollAt: null })
  }
  return {
    patch: {
      status,
      error,
      completedAt: now,
      // Our deadline does not stop FAL: poll until FAL reports how the request ended.
      nextPollAt: error.code === 'DEADLINE' && mayStillRender(job) ? now + 2_000 : null,
      queuePosition: null,
      reservedMicros: 0,
    },
    events: [
      {
        type: status === 'failed' ? 'job.failed' : 'job.canceled',
        source,
        data: { code: error.code, message: error.message },
      },
    ],
    ledger: job.reservedMicros > 0 ? 'release' : null,
    tasks: [],
    callbacks: [status === 'failed' ? 'job.failed' : 'job.canceled'],
  }
}

const mayStillRender = (job: Job): boolean => job.requestId !== null || job.submission === 'uncertain'

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
