/** The words the state machine speaks: facts that go in, and what a transition asks the store to persist with it. */
import type { ArchivedFile, CallbackType, EventSource, EventType, Job, JobError, Media } from './job.ts'
import type { PollSchedule } from './poll-schedule.ts'

/** What the submit answer told, or as much of it as a webhook that came first reveals. */
export interface AcceptedRequest {
  requestId: string
  gatewayRequestId: string | null
  statusUrl: string | null
  responseUrl: string | null
  cancelUrl: string | null
  queuePosition: number | null
  falKeyRef: string | null
}

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
  /** Surely not accepted (never sent, 429, 503): may be sent again later. Counts for the run it speaks of only. */
  | { type: 'submit_delayed'; run: string; reason: string; code: string; retryInSeconds: number }
  /** FAL refused what this run sent, for good. */
  | { type: 'submit_refused'; run: string; error: JobError }
  /** FAL may or may not have it: never blindly sent again. */
  | { type: 'submit_uncertain'; run: string; reason: string }
  /** Policy `resubmit`: the uncertain request is given up as never arrived. */
  | { type: 'resubmit' }
  | {
      type: 'progress'
      falStatus: 'IN_QUEUE' | 'IN_PROGRESS'
      queuePosition: number | null
      percent: number | null
    }
  /** FAL said something final, but its result is not in our hands, is doubtful, or lacks the files the model promises. */
  | { type: 'result_awaited'; reason: 'no_payload' | 'no_media' | 'doubtful' }
  | {
      type: 'completed'
      result: string
      media: Media[]
      inferenceSeconds: number | null
      falUserId: string | null
      /** What it cost, where FAL told; micro-USD. */
      actualMicros?: number | null
    }
  | { type: 'failed'; error: JobError }
  | { type: 'cancel_asked' }
  | { type: 'canceled' }
  /** One file of several is safe; the others are still to come. */
  | { type: 'file_archived'; index: number; file: ArchivedFile }
  /** A try failed and will be repeated. */
  | { type: 'archive_delayed'; reason: string; retryInSeconds: number }
  | { type: 'archived'; files: { index: number; file: ArchivedFile }[] }
  | { type: 'archive_failed'; reason: string }
  /** What became of a try to tell the client: it is written down, the job stays as it is. */
  | {
      type: 'callback_tried'
      event: 'callback.delivered' | 'callback.failed' | 'callback.endpoint_disabled'
      data: Record<string, unknown>
    }
  /** Copy again what is not archived. */
  | { type: 'archive_asked' }
  /** Objects of the archive that are not what they were: to be copied again, while FAL still has the files. */
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
  /** Its archived files are older than the client keeps them, and were removed. */
  | { type: 'media_erased' }
  /** Its prompts, inputs and results are older than the client keeps them. */
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
 * What a change does to the account that pays: claims the job's reservation, takes what it cost, gives it back; or takes
 * what FAL bills for a render that its caller had given up (`charge_late`).
 */
export type LedgerEffect = 'reserve' | 'capture' | 'release' | 'charge_late'

export interface Transition {
  patch: Partial<Job>
  events: EventDraft[]
  ledger: LedgerEffect | null
  tasks: TaskDraft[]
  callbacks: CallbackType[]
}
