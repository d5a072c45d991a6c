/**
 * What FAL said, in one shape whatever the channel. Webhook, status and result bodies all end here, through the
 * one mapping of this file's siblings, so a webhook and a poll of the same request can never disagree.
 */
import type { JobError, Media } from './job.ts'

export type Outcome =
  /** Waiting in FAL's queue; `queuePosition` counts the requests ahead. */
  | { type: 'queued'; queuePosition: number | null; logs: FalLog[] }
  /** Being processed; `percent` 0..1 where the logs tell it. */
  | { type: 'running'; percent: number | null; logs: FalLog[] }
  /** The model answered 2xx: `result` is its body as exact JSON text. */
  | {
      type: 'completed'
      result: string
      media: Media[]
      inferenceSeconds: number | null
      billableUnits: number | null
    }
  /** FAL says it is over but not how: fetch the result. */
  | { type: 'finished'; inferenceSeconds: number | null; logs: FalLog[]; hint: string | null }
  /** A webhook's ERROR without the model's own reason: ask the queue before believing it. */
  | { type: 'doubtful'; reason: string }
  | { type: 'failed'; error: JobError }
  /** FAL removed it, or the model honoured a cancellation (499). */
  | { type: 'canceled' }
  /** FAL no longer knows the request or its result (404). */
  | { type: 'forgotten' }
  /** Nothing was learned: transport trouble, an ingress page, a body that is no FAL answer. Never a verdict. */
  | { type: 'unknown'; reason: string; code: 'FAL_UNAVAILABLE' | 'FAL_TIMEOUT' | 'FAL_AUTH' }

/** One entry of a model's log, as FAL gave it. */
export interface FalLog {
  message: string
  timestamp: string | null
  level: string | null
}
