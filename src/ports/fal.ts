/** The port of FAL: submit, read, cancel and erase a request of its queue. An adapter never throws for what FAL or the network does. */
import type { AcceptedRequest } from '../domain/facts.ts'
import type { JobError, QueueOptions } from '../domain/job.ts'
import type { FalLog, Outcome } from '../domain/outcome/outcome.ts'
import type { Hold } from './memory-budget.ts'

export interface SubmitRequest {
  endpointId: string
  input: Record<string, unknown>
  /** null: no webhook is asked for. */
  webhookUrl: string | null
  queue: QueueOptions
  signal?: AbortSignal
}

/** The outcome of a submit. Only `later` may be retried. */
export type SubmitAnswer =
  | { type: 'accepted'; request: AcceptedRequest; keyFallback: boolean }
  /** FAL answered no, and the same request would be refused again. */
  | { type: 'refused'; error: JobError }
  /** Certainly not accepted: never sent (DNS, refused connection, TLS) or postponed by FAL (429, 503). */
  | {
      type: 'later'
      reason: string
      /** `MODEL_OFFLINE` concerns this model alone. */
      code: 'FAL_UNAVAILABLE' | 'FAL_TIMEOUT' | 'MODEL_OFFLINE'
      retryAfterSeconds: number | null
    }
  /** Sent, but FAL may or may not have accepted it: timeout, cut connection, unreadable answer, 500. */
  | { type: 'uncertain'; reason: string }

/** A request at FAL and the URLs of its answers; null URLs are rebuilt from the ids. */
export interface RequestRef {
  requestId: string
  endpointId: string
  statusUrl: string | null
  responseUrl: string | null
  cancelUrl: string | null
  falKeyRef: string | null
}

export type CancelAnswer =
  | { type: 'requested' }
  /** Removed from the queue before it started. */
  | { type: 'removed' }
  | { type: 'already_completed' }
  | { type: 'not_found' }
  | { type: 'unknown'; reason: string }

/** What the headers of a result say. `succeeded`: the model answered 2xx. */
export type BillAnswer =
  | { type: 'reported'; billableUnits: string | null; billedAs: string | null; succeeded: boolean }
  | { type: 'running' }
  /** FAL no longer has the request. */
  | { type: 'forgotten' }
  /** No information; a later read may show more. */
  | { type: 'silent'; reason: string }

/** `refused`: this key lacks the permission; a retry does not help. */
export type EraseAnswer = { type: 'erased' } | { type: 'refused' | 'unknown'; reason: string }

export interface LookOptions {
  logs: boolean
  /** Called before a large answer is read. */
  hold?: Hold
  signal?: AbortSignal
}

/** What is searched for in FAL's own list of requests, to settle an uncertain submit. Times in epoch milliseconds. */
export interface RequestSearch {
  endpointId: string
  /** FAL received it between these. */
  since: number
  until: number
  /** Whether a request has the input that was sent. */
  hasInput: (input: unknown) => boolean
  /** Called before a large page is read. */
  hold?: Hold
  signal?: AbortSignal
}

export interface FoundRequests {
  requests: { requestId: string; sentAt: number }[]
  /** false: part of the list could not be read, so that a request which is missing here may still exist. */
  isWhole: boolean
}

/** One price as FAL publishes it, in `currency` a unit. */
export interface UnitPrice {
  endpointId: string
  unitPrice: number
  unit: string
  currency: string
}

/** Why there are none, in a word or two: a code of the network, or what FAL answered. */
export interface NoPrices {
  trouble: string
}

export interface Fal {
  /** One POST, never repeated by the adapter (except to `FAL_KEY` after `FAL_KEY_NEW` was refused with 401/403). */
  submit(request: SubmitRequest): Promise<SubmitAnswer>
  /** Status, and when FAL has finished also the result: never throws for what FAL or the network does. */
  poll(ref: RequestRef, options: LookOptions): Promise<Outcome>
  /** Reads the headers of the result of a request that has ended. */
  bill(ref: RequestRef, signal?: AbortSignal): Promise<BillAnswer>
  /** FAL's logs of a request, oldest first; empty when FAL does not provide them. */
  logs(ref: RequestRef, signal?: AbortSignal): Promise<FalLog[]>
  cancel(ref: RequestRef, signal?: AbortSignal): Promise<CancelAnswer>
  /** FAL forgets input, output and output files of a request; irreversible. */
  erase(request: { requestId: string; falKeyRef: string | null }, signal?: AbortSignal): Promise<EraseAnswer>
  /** Searches FAL's list of requests, oldest first. */
  findRequests(search: RequestSearch): Promise<FoundRequests>
}
