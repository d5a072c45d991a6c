/** What tests and operators can read and change in a simulator: the in-process form of the admin routes. */

import type { FaultRule } from '../faults/fault-rule.ts'
import type { AttemptResult } from '../webhooks/send-attempt.ts'
import type { AnyWebhook } from '../webhooks/webhook-sender.ts'
import type { GivenModel } from '../world/given-model.ts'
import type { CdnRead, SubmitRecord } from '../world/world.ts'

export interface RequestView {
  readonly requestId: string
  readonly endpointId: string
  readonly prompt: string
  readonly status: string
  readonly statusCode: number | null
  readonly cancelled: boolean
  readonly cancelAsked: boolean
  readonly webhookUrl: string | null
  readonly faults: readonly string[]
  readonly calls: {
    readonly status: number
    readonly stream: number
    readonly result: number
    readonly cancel: number
  }
  readonly webhooks: readonly WebhookView[]
  readonly files: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly key: string | null
  /** `X-Fal-Request-Source` of the submit. */
  readonly source: string | null
  readonly sentAt: string
  readonly endedAt: string | null
}

interface WebhookView {
  readonly at: string
  readonly kind: string
  readonly statusCode: number | null
  readonly error: string | null
  readonly durationMs: number
}

export interface MediaView {
  readonly path: string
  readonly sha256: string
  readonly bytes: number
  readonly contentType: string
  readonly reads: number
}

/** What FAL bills for one request, whether a header or a list has shown it yet or not. */
export interface BillView {
  readonly requestId: string
  readonly submittedTo: string
  /** The endpoint it is billed under. */
  readonly endpointId: string
  readonly units: number
  readonly unitPriceUsd: number
  readonly costUsd: number
}

export interface SimulatorTotals {
  /** Submits that reached the queue. */
  readonly submits: number
  /** Submits that became a request, which FAL bills. */
  readonly accepted: number
  readonly waiting: number
  readonly running: number
  readonly completed: number
  readonly cancelled: number
  readonly webhookAttempts: number
  /** Attempts answered with 2xx. */
  readonly webhooksTaken: number
  readonly cdnReads: number
  readonly jwksReads: number
  readonly billedUsd: number
}

export interface SimulatorState {
  readonly seed: number
  readonly speed: number
  /** Simulated time, RFC 3339. */
  readonly now: string
  readonly totals: SimulatorTotals
  /** Accepted requests by prompt. */
  readonly acceptedByPrompt: Readonly<Record<string, number>>
  readonly requests: readonly RequestView[]
  readonly submits: readonly SubmitRecord[]
  readonly cdnReads: readonly CdnRead[]
  readonly faultStrikes: Readonly<Record<string, number>>
  readonly faultRules: readonly FaultRule[]
  readonly queueIsDown: boolean
  /** Faults of the simulator itself; always empty unless it has a bug. */
  readonly problems: readonly string[]
}

type DownMode = '503' | 'platform' | 'refuse'

export interface SimulatorAdmin {
  state(): SimulatorState
  /** The counts of `state()` alone: cheap to poll. */
  totals(): SimulatorTotals
  /** @returns undefined for an unknown id */
  request(requestId: string): RequestView | undefined
  /** Requests accepted for exactly this prompt: more than one = paid more than once. */
  acceptedFor(prompt: string): number
  media(requestId: string): readonly MediaView[]
  /**
   * In the order in which the requests ended. A failed request is not billed; one with an invalid input is billed at
   * 0.
   */
  bills(): readonly BillView[]
  /** @returns undefined for an unknown id, and when nothing is billed */
  bill(requestId: string): BillView | undefined
  /** @throws TypeError for an unknown fault or a malformed rule */
  addFault(rule: FaultRule): void
  clearFaults(): void
  /** Moves the clock forward; everything that falls due meanwhile happens. */
  advance(seconds: number): void
  /** Ends a request at once. @returns false for an unknown id */
  complete(requestId: string): boolean
  /** Sends a finished request's webhook again. @returns undefined for an unknown or unfinished request */
  resendWebhook(requestId: string): Promise<AttemptResult | undefined>
  /** Signs and sends any body: the webhook of an unknown request, of another account or of the past. */
  sendWebhook(webhook: AnyWebhook): Promise<AttemptResult>
  /** Adds a model, or replaces what was given of it. @throws TypeError when `model` is not one */
  giveModel(model: GivenModel): void
  rotateKey(): void
  /** The key set answers 503 for this long, in real time; 0 ends it. */
  jwksDown(seconds: number): void
  /** Every call with this `id:secret` answers 401 from now on. */
  revokeKey(key: string): void
  /** `503`: the queue answers 503. `platform`: the Platform API answers 500. `refuse`: connections are refused, the admin route's too. */
  down(mode: DownMode): Promise<void>
  up(): Promise<void>
  /** Forgets requests, files, faults and counts; keys, settings and the port stay. */
  reset(): void
}
