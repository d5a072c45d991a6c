/** The vocabulary of the state machine: the facts it takes, and what a transition asks the store to persist. */
import type {
  ArchivedFile,
  CallbackType,
  CostSource,
  EventSource,
  EventType,
  Job,
  JobError,
  Media,
  ParamWarning,
} from './job.ts'
import type { PollSchedule } from './poll-schedule.ts'

/** The content of the submit answer, or the part of it that an earlier webhook reveals. */
export interface AcceptedRequest {
  requestId: string
  gatewayRequestId: string | null
  statusUrl: string | null
  responseUrl: string | null
  cancelUrl: string | null
  queuePosition: number | null
  falKeyRef: string | null
}

/** A request of which nothing but its id is known: the queue's addresses follow from that. */
export const requestKnownById = (
  requestId: string,
  gatewayRequestId: string | null = null,
): AcceptedRequest => ({
  requestId,
  gatewayRequestId,
  statusUrl: null,
  responseUrl: null,
  cancelUrl: null,
  queuePosition: null,
  falKeyRef: null,
})

/** What FAL charges for a request. */
export interface Bill {
  /** In units of the bare price, as decimal text. */
  billableUnits: string | null
  /** The endpoint that FAL charges; null: the one that was called. */
  billedAs: string | null
  /** null: not known. */
  micros: number | null
  source: CostSource | null
}

/** Whether the client's ledger follows FAL's bill (`actual`), or stays at what was charged at the end (`estimate`). */
export type ChargePolicy = 'actual' | 'estimate'

export interface TransitionContext {
  source: EventSource
  /** Epoch milliseconds. */
  now: number
  poll: PollSchedule
}

export type Fact =
  /** The service accepted it. `waitsForSlot`: the jobs at FAL are limited, so it waits until it is admitted. */
  | { type: 'created'; waitsForSlot: boolean }
  /** It has a slot at FAL. */
  | { type: 'admitted' }
  /** We are about to POST to FAL: the intent is durable before the call. */
  | { type: 'submitting'; run: string; webhookAsked: boolean }
  | { type: 'submitted'; request: AcceptedRequest; keyFallback?: boolean }
  /** Certainly not accepted (never sent, 429, 503): may be retried. Applies only to the run it names. */
  | { type: 'submit_delayed'; run: string; reason: string; code: string; retryInSeconds: number }
  /** FAL refused what this run sent, for good. */
  | { type: 'submit_refused'; run: string; error: JobError }
  /** FAL may or may not have it: never blindly sent again. */
  | { type: 'submit_uncertain'; run: string; reason: string }
  /** Policy `resubmit`: the uncertain request is assumed not to have arrived. */
  | { type: 'resubmit' }
  | {
      type: 'progress'
      falStatus: 'IN_QUEUE' | 'IN_PROGRESS'
      queuePosition: number | null
      percent: number | null
    }
  /** FAL reported an end, but its result is missing, doubtful, or lacks the files that the model promises. */
  | { type: 'result_awaited'; reason: 'no_payload' | 'no_media' | 'doubtful' }
  | {
      type: 'completed'
      result: string
      media: Media[]
      inferenceSeconds: number | null
      falUserId: string | null
      /** The cost by the model's price rule over the facts of the result, in micro-USD: an estimate. */
      ruleMicros?: number | null
      /** FAL's count, when the result itself was read. */
      billableUnits?: string | null
      billedAs?: string | null
      /** What the job does not keep of its result. */
      warning?: ParamWarning
    }
  /** `rendered`: FAL finished and billed it, but its result cannot be used. */
  | { type: 'failed'; error: JobError; rendered?: true }
  /** FAL reported its bill, or never will: nothing of `bill` is then known. */
  | { type: 'cost_settled'; bill: Bill; charge: ChargePolicy }
  /**
   * The ledger still holds `reservedMicros` for a final job, as after a partial restore. Applies only to the version of
   * the job with which it was found, so that a reservation settles once.
   */
  | { type: 'reservation_lost'; reservedMicros: number; version: number }
  | { type: 'cancel_asked' }
  | { type: 'canceled' }
  /** One file of several is stored. */
  | { type: 'file_archived'; index: number; file: ArchivedFile }
  /** An attempt failed and will be retried. */
  | { type: 'archive_delayed'; reason: string; retryInSeconds: number }
  /** The run used up its time: the remaining files are copied by a later one. */
  | { type: 'archive_yielded' }
  | { type: 'archived'; files: { index: number; file: ArchivedFile }[] }
  | { type: 'archive_failed'; reason: string }
  /** Outcome of a callback attempt: recorded as an event, the job does not change. */
  | {
      type: 'callback_tried'
      event: 'callback.delivered' | 'callback.failed' | 'callback.endpoint_disabled'
      data: Record<string, unknown>
    }
  /** Copy again what is not archived. */
  | { type: 'archive_asked' }
  /** Archived objects that verification found missing or changed: copied again while FAL still has the files. */
  | { type: 'copies_lost'; keys: string[] }
  /** `keys`: the archive objects to remove. */
  | { type: 'erased'; keys: string[] }
  /** The archive objects of an erased job are gone, with every version of them. */
  | { type: 'objects_erased' }
  /** Some are left. `retryInSeconds`: a task is to try again; null when one stands already. */
  | { type: 'erase_failed'; reason: string; left: number | null; retryInSeconds: number | null }
  /** Try to remove them again now. */
  | { type: 'erase_asked' }
  /** A round of removing what lies outside the database is done. */
  | { type: 'erase_passed' }
  /** Retention removed its archived files. */
  | { type: 'media_erased' }
  /** Retention erases its prompts, inputs and results. */
  | { type: 'content_erased' }

export interface EventDraft {
  type: EventType
  source: EventSource
  data: Record<string, unknown>
}

/** Work that a transition causes; the store sends it in the same transaction. */
export type TaskDraft =
  | { queue: 'submit'; startAfterSeconds?: number }
  | { queue: 'archive'; startAfterSeconds?: number }
  | { queue: 'erase'; startAfterSeconds?: number }
  | { queue: 'poll'; reason: string }

/**
 * The ledger effect of a change: reserve; capture from the reservation, or release it; charge for a render whose
 * reservation was released before (`charge_late`); `adjust` what was charged to FAL's bill. The amount is the change of
 * `chargedMicros`.
 */
export type LedgerEffect = 'reserve' | 'capture' | 'release' | 'charge_late' | 'adjust'

export interface Transition {
  patch: Partial<Job>
  events: EventDraft[]
  ledger: LedgerEffect | null
  /** Micro-USD that the effect settles; absent: what the job itself says it has reserved. */
  unreservedMicros?: number
  tasks: TaskDraft[]
  callbacks: CallbackType[]
}
