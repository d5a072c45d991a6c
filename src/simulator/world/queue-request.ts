/** One request in the simulated queue: what was asked, its state, and everything that was done to it. */

import type { Json } from '../base/json.ts'
import type { RequestFaults } from '../faults/request-faults.ts'
import type { Bill } from './ledger.ts'

type QueueStatus = 'IN_QUEUE' | 'IN_PROGRESS' | 'COMPLETED'

/** The model's answer; the result call relays it unchanged. */
export interface ModelAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Json
  /** Absent when FAL's ledger has no row for the request; a row may also bill 0. */
  readonly bill?: Bill
  /** Type of §"request errors" when the platform, not the model, ended the request. */
  readonly errorType?: string
}

export interface WebhookAttempt {
  readonly at: string
  readonly kind: string
  readonly statusCode: number | null
  readonly error: string | null
  readonly durationMs: number
}

export interface SubmitOptions {
  readonly priority: 'normal' | 'low'
  /** Deadline to start, in simulated seconds after the submit. */
  readonly startTimeoutSeconds: number | undefined
  readonly storeIo: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly lifecycle: Json
  readonly runnerHint: string | undefined
  /** The declared source of the submit, e.g. `sdk`. */
  readonly source: string | undefined
}

export interface QueueRequest {
  readonly id: string
  /** The id of the last attempt; it changes when FAL puts the request back into the queue. */
  gatewayId: string
  readonly endpointId: string
  /** `{owner}/{app}` (three segments for workflows and comfy): what returned URLs use. */
  readonly app: string
  /** The beginning of its own URLs, which depends on the host of the submit. */
  readonly base: string
  /** The beginning of the URLs of its files. */
  readonly cdnBase: string
  readonly input: Json
  readonly inputText: string
  readonly prompt: string
  readonly webhookUrl: string | undefined
  readonly options: SubmitOptions
  readonly faults: RequestFaults
  readonly viaKey: string | undefined
  /** Place in the order of submits. */
  readonly order: number
  /** Real time of the submit, for views. */
  readonly sentAt: Date
  /** Simulated ms. */
  readonly submittedAt: number
  status: QueueStatus
  startedAt: number | undefined
  startedReal: Date | undefined
  /** Simulated seconds of work. */
  durationSeconds: number
  completedAt: number | undefined
  endedReal: Date | undefined
  answer: ModelAnswer | undefined
  /** The answer's body as the result call sends it. */
  resultText: string | undefined
  cancelAsked: boolean
  cancelled: boolean
  payloadsDeleted: boolean
  /** Paths of its output files on the CDN. */
  readonly files: string[]
  readonly calls: { status: number; stream: number; result: number; cancel: number }
  readonly webhooks: WebhookAttempt[]
}

/** Called when a request starts and when it ends. */
export interface RequestListener {
  onStarted(request: QueueRequest): void
  onCompleted(request: QueueRequest): void
}

/** True once FAL would have forgotten the result. */
export function isExpired(
  request: QueueRequest,
  nowMs: number,
  settings: { resultSeconds: number; largeResultSeconds: number; largeResultBytes: number },
): boolean {
  if (request.completedAt === undefined) return false
  if (request.payloadsDeleted || request.faults.has('result-expired')) return true
  return nowMs - request.completedAt >= lifeSeconds(request, settings) * 1000
}

/** Seconds for which the result is kept after completion. */
function lifeSeconds(
  request: QueueRequest,
  settings: { resultSeconds: number; largeResultSeconds: number; largeResultBytes: number },
): number {
  const isLarge = Buffer.byteLength(request.resultText ?? '') >= settings.largeResultBytes
  return isLarge || !request.options.storeIo ? settings.largeResultSeconds : settings.resultSeconds
}
