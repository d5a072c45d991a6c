/**
 * What FAL said, in one shape whatever the channel. Webhook, status and result bodies all end here, through the
 * one mapping of `webhook-outcome.ts` and `queue-outcome.ts`, so a webhook and a poll of the same request never disagree.
 */

import type { JobError } from '../job.ts'
import { withFlags } from '../media/flagged-files.ts'
import { type FoundMedia, findMedia } from '../media/media-of-result.ts'
import type { BilledUnits } from './bill-headers.ts'
import { isRecord } from './fal-error.ts'

export type Outcome =
  /** Waiting in FAL's queue; `queuePosition` counts the requests ahead. */
  | { type: 'queued'; queuePosition: number | null; logs: FalLog[] }
  /** Being processed; `percent` 0..1 where the logs show it. */
  | { type: 'running'; percent: number | null; logs: FalLog[] }
  /** The model answered 2xx: `result` is its body as exact JSON text. */
  | ({
      type: 'completed'
      result: string
      /** Echoed inputs included: `withoutEchoes` of media.ts, which knows the input, leaves them out. */
      media: FoundMedia[]
      inferenceSeconds: number | null
    } & BilledUnits)
  /** FAL reports the end but not the outcome: fetch the result. */
  | {
      type: 'finished'
      inferenceSeconds: number | null
      logs: FalLog[]
      hint: string | null
      /** Why the result could not be had, when it was asked for. */
      trouble?: string
    }
  /** A webhook's ERROR without the model's own reason: confirm it with the queue. */
  | { type: 'doubtful'; reason: string }
  /** `rendered`: FAL finished and billed it, but its result cannot be used. */
  | { type: 'failed'; error: JobError; rendered?: true }
  /** FAL removed it, or the model honoured a cancellation (499). */
  | { type: 'canceled' }
  /** FAL no longer knows the request or its result (404). */
  | { type: 'forgotten' }
  /** No information: a transport error, an ingress page, a body that is no FAL answer. Never decides a job. */
  | { type: 'unknown'; reason: string; code: 'FAL_UNAVAILABLE' | 'FAL_TIMEOUT' | 'FAL_AUTH' }

/** One entry of a model's log, as FAL gave it. */
export interface FalLog {
  message: string
  timestamp: string | null
  level: string | null
}

/** The newest entries of a log are kept, each up to this length. */
const mostLogs = 5_000
const longestLog = 10_000

export interface CompletedFacts extends BilledUnits {
  inferenceSeconds: number | null
}

/** A success: `result` is the exact JSON text, `parsed` the same as a value. */
export function completedOutcome(result: string, parsed: unknown, facts: CompletedFacts): Outcome {
  return {
    type: 'completed',
    result,
    media: withFlags(findMedia(parsed), parsed),
    inferenceSeconds: facts.inferenceSeconds ?? timedInference(parsed),
    billableUnits: facts.billableUnits,
    billedAs: facts.billedAs,
  }
}

export const unknownOutcome = (
  reason: string,
  code: 'FAL_UNAVAILABLE' | 'FAL_TIMEOUT' | 'FAL_AUTH' = 'FAL_UNAVAILABLE',
): Outcome => ({ type: 'unknown', reason, code })

/** A result that can be neither read nor stored: asking again would bring the same one. */
export const unreadableResult = (reason: string): JobError => ({
  code: 'RESULT_UNREADABLE',
  message: `FAL finished the request, but its result cannot be used: ${reason}.`,
  retryable: false,
})

/** The log entries of a status body; anything unreadable is left out. */
export function logsOf(value: unknown): FalLog[] {
  if (!Array.isArray(value)) return []
  return value.slice(-mostLogs).flatMap((entry: unknown) => {
    if (!isRecord(entry) || typeof entry.message !== 'string') return []
    const { message, timestamp, level } = entry
    return [
      {
        message: message.slice(0, longestLog),
        timestamp: typeof timestamp === 'string' ? timestamp : null,
        level: typeof level === 'string' ? level : null,
      },
    ]
  })
}

/** `metrics.inference_time` in seconds. */
export function inferenceSecondsOf(metrics: unknown): number | null {
  return isRecord(metrics) ? duration(metrics.inference_time) : null
}

export const positionOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null

/** Many models report their own inference time, in seconds, beside the files. */
function timedInference(result: unknown): number | null {
  return isRecord(result) && isRecord(result.timings) ? duration(result.timings.inference) : null
}

function duration(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null
}
