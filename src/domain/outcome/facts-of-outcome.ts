/**
 * The one mapping from an outcome to facts. Webhook, poll and manual poll all use it, so that every channel settles a
 * job in the same way.
 */
import type { Fact } from '../facts.ts'
import type { Job, JobError } from '../job.ts'
import { mostFiles, urlsIn, withoutEchoes } from '../media/media-of-result.ts'
import { inOrder } from '../media/order-media.ts'
import { longRetentionMs } from '../poll-schedule.ts'
import type { Outcome } from './outcome.ts'
import { estimatedProgress, percentFromLogs } from './progress.ts'

/**
 * Grace period for a 404: FAL may answer it for a request it has just accepted, or while its stored payloads are
 * briefly unavailable.
 */
const forgottenGraceMs = 60_000

export interface OutcomeContext {
  /** Epoch milliseconds. */
  now: number
  falUserId?: string
  /** The cost of a finished job by its price rule, in micro-USD, or null when the result decides none. */
  ruleCost?: (job: Job, outcome: Extract<Outcome, { type: 'completed' }>) => number | null
}

/** Facts that follow from an outcome, for a job as it is now; empty when nothing can be concluded. */
export function factsOfOutcome(outcome: Outcome, job: Job, context: OutcomeContext): Fact[] {
  switch (outcome.type) {
    case 'queued':
      return [
        { type: 'progress', falStatus: 'IN_QUEUE', queuePosition: outcome.queuePosition, percent: null },
      ]
    case 'running': {
      // Progress never falls below what clients were already shown.
      const stated = outcome.percent ?? percentFromLogs(outcome.logs) ?? 0
      const percent = Math.max(stated, estimatedProgress(job, context.now))
      return [{ type: 'progress', falStatus: 'IN_PROGRESS', queuePosition: null, percent }]
    }
    case 'finished':
      return [{ type: 'result_awaited', reason: 'no_payload' }]
    case 'doubtful':
      return [{ type: 'result_awaited', reason: 'doubtful' }]
    case 'completed':
      return completedFacts(outcome, job, context)
    case 'failed':
      return [
        {
          type: 'failed',
          error: outcome.error,
          ...(outcome.rendered === true ? { rendered: outcome.rendered } : {}),
        },
      ]
    case 'canceled':
      return [{ type: 'canceled' }]
    case 'forgotten':
      return forgottenFacts(job, context.now)
    case 'unknown':
      return []
  }
}

function completedFacts(
  outcome: Extract<Outcome, { type: 'completed' }>,
  job: Job,
  context: OutcomeContext,
): Fact[] {
  const files = inOrder(withoutEchoes(outcome.media, urlsIn(job.input)), job)
  const media = files.slice(0, mostFiles)
  if (media.length === 0 && job.promisesMedia) {
    const waitedMs = job.falCompletedAt === null ? 0 : context.now - job.falCompletedAt
    if (waitedMs <= filesGraceMs(job)) return [{ type: 'result_awaited', reason: 'no_media' }]
    return [{ type: 'failed', error: noMedia }]
  }
  return [
    {
      type: 'completed',
      result: outcome.result,
      media,
      inferenceSeconds: outcome.inferenceSeconds,
      falUserId: context.falUserId ?? null,
      ruleMicros: context.ruleCost?.(job, outcome) ?? null,
      billableUnits: outcome.billableUnits,
      billedAs: outcome.billedAs,
      ...(files.length > media.length ? { warning: filesLeftOut } : {}),
    },
  ]
}

/** A list may be empty by the model's own schema: then a file that comes later is unlikely, and FAL's clients show none. */
const filesGraceMs = (job: Job): number =>
  job.mainFile?.includes('[]') === true ? 3 * 60_000 : longRetentionMs

function forgottenFacts(job: Job, now: number): Fact[] {
  const age = now - (job.falCompletedAt ?? job.submittedAt ?? job.createdAt)
  if (age < forgottenGraceMs) return []
  return [{ type: 'failed', error: job.falCompletedAt === null ? requestUnknown : resultExpired }]
}

const filesLeftOut = {
  field: 'result',
  from: null,
  to: null,
  reason: `the result names more than ${mostFiles} files: only the first ${mostFiles} are listed and archived`,
}

const noMedia: JobError = {
  code: 'NO_MEDIA',
  message: 'FAL finished the request but its result holds no file, although the model normally returns some.',
  retryable: true,
}

const resultExpired: JobError = {
  code: 'RESULT_EXPIRED',
  message: 'FAL finished the request but had forgotten its result before it could be fetched.',
  retryable: true,
}

const requestUnknown: JobError = {
  code: 'RESULT_EXPIRED',
  message: 'FAL no longer knows the request: its result has expired or it was removed.',
  retryable: true,
}
