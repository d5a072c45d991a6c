/**
 * The ends of a job: completed, failed, canceled, and the end of its request where that comes later. Invariant: money is
 * held until FAL has said how the request ended, since FAL renders and bills on after our deadline.
 */
import type { EventDraft, Fact, LedgerEffect, Transition, TransitionContext } from '../facts.ts'
import { finalEventOf, isFinal, type Job, type JobError, type Media, type ParamWarning } from '../job.ts'

export const canceledError: JobError = {
  code: 'CANCELED',
  message: 'The job was canceled.',
  retryable: true,
}

type Completed = Extract<Fact, { type: 'completed' }>

/** A result that arrives late is archived and paid like any other; the status stays. */
export function completed(job: Job, fact: Completed, { source, now }: TransitionContext): Transition | null {
  if (job.status === 'completed' || job.requestId === null) return null
  // Its content was erased meanwhile: only its money is open.
  if (job.result !== null) return job.openAtFal ? renderedUnseen(job, fact, now) : null
  const late = isFinal(job.status)
  const files = fact.media.length
  const archiveStatus = files === 0 ? 'none' : job.archiveWanted ? 'pending' : 'disabled'
  const money = chargeOf(job, fact)
  const patch: Partial<Job> = {
    result: fact.result,
    media: fact.media,
    warnings: [...job.warnings, ...flaggedWarnings(fact.media)],
    inferenceSeconds: fact.inferenceSeconds ?? job.inferenceSeconds,
    falUserId: fact.falUserId ?? job.falUserId,
    estimatedMicros: job.estimatedMicros ?? fact.ruleMicros ?? null,
    ...renderedAt(job, fact, now),
    ...money.patch,
    archiveStatus,
    ...(fact.warning === undefined ? {} : { warnings: [...job.warnings, fact.warning] }),
  }
  const events: EventDraft[] = []
  if (late) {
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
    } satisfies Partial<Job>)
    events.push({ type: finalEventOf.completed, source, data: { files, inferenceSeconds } })
  }
  if (archiveStatus === 'pending') events.push({ type: 'archive.started', source, data: { files } })
  return {
    patch,
    events,
    ledger: money.ledger,
    tasks: archiveStatus === 'pending' ? [{ queue: 'archive' }] : [],
    callbacks: late ? [] : [finalEventOf.completed],
  }
}

function flaggedWarnings(media: readonly Media[]): ParamWarning[] {
  const flagged = media.filter((file) => file.flagged === true).map(({ index }) => index)
  if (flagged.length === 0) return []
  const reason = `the model's safety check flagged ${flagged.length === 1 ? 'file' : 'files'} ${flagged.join(', ')}`
  return [{ field: 'media', from: null, to: null, reason }]
}

/** FAL finished a job whose content is erased: only its money is settled. */
function renderedUnseen(job: Job, fact: Completed, now: number): Transition {
  const money = chargeOf(job, fact)
  const patch = { ...renderedAt(job, fact, now), ...money.patch }
  return {
    patch: { ...patch, ...eraseNow(job).patch },
    events: [],
    ledger: money.ledger,
    tasks: eraseNow(job).tasks,
    callbacks: [],
  }
}

/** FAL has done its work and bills it, but its result cannot be used: the job fails, and is charged like a completed one. */
export function renderedInVain(job: Job, error: JobError, context: TransitionContext): Transition | null {
  if (job.requestId === null) return ended(job, 'failed', error, context)
  if (job.status === 'completed') return null
  const money = chargeOf(job, {})
  const isKnown = job.falStatus === 'COMPLETED' && !job.openAtFal && money.ledger === null
  if (isFinal(job.status) && isKnown) return null
  const paid = { ...renderedAt(job, {}, context.now), ...money.patch }
  if (isFinal(job.status)) {
    const { patch, tasks } = eraseNow(job)
    return { patch: { ...paid, ...patch }, events: [], ledger: money.ledger, tasks, callbacks: [] }
  }
  const end = ended(job, 'failed', error, context)
  return end === null ? null : { ...end, patch: { ...end.patch, ...paid }, ledger: money.ledger }
}

type Reported = Partial<Pick<Completed, 'billableUnits' | 'billedAs' | 'ruleMicros'>>

const renderedAt = (job: Job, { billableUnits, billedAs }: Reported, now: number) =>
  ({
    falStatus: 'COMPLETED',
    awaiting: null,
    falCompletedAt: job.falCompletedAt ?? now,
    nextPollAt: null,
    openAtFal: false,
    billableUnits: billableUnits ?? job.billableUnits,
    billedAs: billedAs ?? job.billedAs,
  }) satisfies Partial<Job>

/**
 * What a render is charged until FAL reports its bill: its cost by the price rule, else what was reserved, else what
 * it was estimated at. A reservation that was released before is charged anew: FAL bills late renders as well.
 */
function chargeOf(job: Job, { ruleMicros }: Reported): { patch: Partial<Job>; ledger: LedgerEffect | null } {
  // FAL's bill is known already: it stands.
  if (job.costSource !== null) return { patch: {}, ledger: null }
  const isReserved = job.reservedMicros > 0
  // Charged before, for a result that could not be used.
  if (!isReserved && (job.chargedMicros ?? 0) > 0) return { patch: {}, ledger: null }
  if (!isReserved && (job.chargedMicros === null || !isFinal(job.status))) return { patch: {}, ledger: null }
  const estimate = isReserved ? job.reservedMicros : (job.estimatedMicros ?? 0)
  return {
    patch: { reservedMicros: 0, chargedMicros: ruleMicros ?? estimate },
    ledger: isReserved ? 'capture' : 'charge_late',
  }
}

/** null when the job had ended, and FAL has said before how its request did. */
export function ended(
  job: Job,
  status: 'failed' | 'canceled',
  error: JobError,
  { source, now }: TransitionContext,
): Transition | null {
  if (isFinal(job.status)) return endedAtFal(job)
  // Our deadline does not stop FAL: poll until FAL reports how the request ended.
  const isOpen = error.code === 'DEADLINE' && mayStillRender(job)
  const nextPollAt = isOpen && job.submission !== 'sending' ? now + 2_000 : null
  return {
    patch: {
      status,
      error,
      completedAt: now,
      nextPollAt,
      awaiting: null,
      openAtFal: isOpen,
      queuePosition: null,
      ...(isOpen ? {} : { reservedMicros: 0 }),
    },
    events: [
      {
        type: finalEventOf[status],
        source,
        data: { code: error.code, message: error.message },
      },
    ],
    ledger: job.reservedMicros > 0 && !isOpen ? 'release' : null,
    tasks: [],
    callbacks: [finalEventOf[status]],
  }
}

const mayStillRender = (job: Job): boolean => job.requestId !== null || job.submission !== 'unsent'

/**
 * FAL said that the request of a final job ended without a render, or that there is none: what was held is released.
 * null when nothing was open.
 */
export function endedAtFal(job: Job, patch: Partial<Job> = {}): Transition | null {
  if (!job.openAtFal) {
    return job.nextPollAt === null
      ? null
      : { patch: { nextPollAt: null, ...patch }, events: [], ledger: null, tasks: [], callbacks: [] }
  }
  const erase = eraseNow(job)
  return {
    patch: { nextPollAt: null, openAtFal: false, reservedMicros: 0, ...erase.patch, ...patch },
    events: [],
    ledger: job.reservedMicros > 0 ? 'release' : null,
    tasks: erase.tasks,
    callbacks: [],
  }
}

/** FAL's payloads of an erased job are erased once its request has ended: before, FAL could not say how it does. */
function eraseNow(job: Job): Pick<Transition, 'patch' | 'tasks'> {
  if (job.erasedAt === null) return { patch: {}, tasks: [] }
  return {
    patch: { erasing: { ...(job.erasing ?? { keys: [], gone: true }), again: true } },
    tasks: [{ queue: 'erase' }],
  }
}
