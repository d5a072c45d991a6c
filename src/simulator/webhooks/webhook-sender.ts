/**
 * Sends the webhooks of finished requests as FAL documents it: retries until a 2xx, a redirect (which is final) or
 * the end of the result's retention. On demand it produces every known failure of a delivery.
 */

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent } from 'undici'
import { type JsonObject, toPythonJson } from '../base/json.ts'
import { isExpired, type QueueRequest, type RequestListener } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { type AttemptResult, sendAttempt } from './send-attempt.ts'
import { genericErrorBody, seedStyleProgress, webhookBody } from './webhook-body.ts'

/** Longest wait of a webhook for another one; then it is sent all the same. */
const longestHoldSeconds = 120

export interface WebhookSender extends RequestListener {
  /** Resolves when the first attempt for this request is over, or none is due. */
  firstAttemptOf(request: QueueRequest): Promise<void>
  /** Sends the webhook of a finished request again, now. */
  resend(request: QueueRequest): Promise<AttemptResult>
  /** Signs and sends any body, for webhooks that no request of this simulator would cause. */
  sendAny(webhook: AnyWebhook): Promise<AttemptResult>
  close(): Promise<void>
}

export interface AnyWebhook {
  readonly url: string
  readonly requestId: string
  /** The body, unchanged. */
  readonly body: string
  /** Default: the simulator's account. */
  readonly userId?: string
  /** Age of the signature's timestamp. */
  readonly ageSeconds?: number
}

export function createWebhookSender(world: World): WebhookSender {
  return new Sender(world)
}

class Sender implements WebhookSender {
  readonly #world: World
  readonly #agent = new Agent({ connections: 64 })
  readonly #stop = new AbortController()
  readonly #firstAttempts = new Map<string, Promise<void>>()
  /** Webhooks that are held until another request's webhook was sent. */
  readonly #held: (() => void)[] = []

  constructor(world: World) {
    this.#world = world
  }

  onStarted(request: QueueRequest): void {
    if (request.webhookUrl && request.faults.strike('webhook-generic-error')) {
      this.#guard(request, this.#attempt(request, toPythonJson(genericErrorBody(request)), 'generic-error'))
    }
  }

  onCompleted(request: QueueRequest): void {
    if (!this.#isDue(request)) return
    const first = this.#begin(request).finally(() => this.#firstAttempts.delete(request.id))
    this.#firstAttempts.set(request.id, first)
    this.#guard(request, first)
  }

  firstAttemptOf(request: QueueRequest): Promise<void> {
    return this.#firstAttempts.get(request.id) ?? Promise.resolve()
  }

  resend(request: QueueRequest): Promise<AttemptResult> {
    return this.#attempt(request, toPythonJson(webhookBody(request)), 'resent')
  }

  sendAny({ url, requestId, body, userId, ageSeconds = 0 }: AnyWebhook): Promise<AttemptResult> {
    return sendAttempt(this.#world, this.#agent, {
      url,
      requestId,
      body,
      userId: userId ?? this.#world.access.userId,
      asStranger: false,
      ageSeconds,
      timeoutMs: this.#world.settings.webhookFirstTimeoutSeconds * 1000,
      signal: this.#stop.signal,
    })
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#agent.destroy()
  }

  #isDue(request: QueueRequest): boolean {
    const { webhookPrivateTargets, webhookOnCancel } = this.#world.settings
    return (
      request.webhookUrl !== undefined &&
      isAllowedTarget(request.webhookUrl, webhookPrivateTargets) &&
      (!request.cancelled || webhookOnCancel) &&
      !request.faults.strike('webhook-lost')
    )
  }

  async #begin(request: QueueRequest): Promise<void> {
    const { faults } = request
    const { clock } = this.#world
    if (faults.strike('webhook-late')) await clock.wait(faults.number('webhook-late'))
    if (faults.strike('webhook-out-of-order')) {
      const released = new Promise<void>((resolve) => this.#held.push(resolve))
      await Promise.race([released, clock.wait(longestHoldSeconds)])
    }
    if (!this.#stop.signal.aborted) await this.#deliver(request, webhookBody(request))
  }

  async #deliver(request: QueueRequest, message: JsonObject): Promise<void> {
    const body = toPythonJson(message)
    const { faults } = request
    if (faults.strike('webhook-foreign-account'))
      await this.#attempt(request, body, 'foreign-account', 0, 'user_someone_else')
    if (faults.strike('webhook-not-json'))
      await this.#attempt(request, 'Internal <b>proxy</b> page', 'not-json')
    if (faults.has('webhook-seed-style')) {
      await this.#attempt(request, toPythonJson(seedStyleProgress(request)), 'seed-style-progress')
    }
    const first = await this.#attempt(request, body, 'outcome')
    for (const release of this.#held.splice(0)) release()
    this.#guard(request, this.#retryUntilTaken(request, body, first))
  }

  async #retryUntilTaken(request: QueueRequest, body: string, first: AttemptResult): Promise<void> {
    const { clock, settings } = this.#world
    let last = first
    let delay = settings.webhookDelaySeconds
    for (let retry = 1; retry <= settings.webhookRetries && isRetried(last); retry++) {
      await clock.wait(delay)
      if (this.#stop.signal.aborted || isExpired(request, clock.now(), settings)) return
      delay = Math.min(delay * settings.webhookDelayGrowth, settings.webhookDelayMaxSeconds)
      last = await this.#attempt(request, body, 'retry', retry)
    }
    if (isTaken(last) && request.faults.strike('webhook-duplicate')) {
      const copies = request.faults.number('webhook-duplicate')
      for (let copy = 0; copy < copies; copy++) await this.#attempt(request, body, 'duplicate')
    }
  }

  /** `userId` is that of another account, when the webhook is to be sent in another account's name. */
  async #attempt(
    request: QueueRequest,
    body: string,
    kind: string,
    retry = 0,
    userId?: string,
  ): Promise<AttemptResult> {
    const { faults } = request
    const { settings } = this.#world
    const isMain = userId === undefined
    if (isMain) this.#changeKeys(request)
    const timeoutSeconds =
      retry === 0 ? settings.webhookFirstTimeoutSeconds : settings.webhookRetryTimeoutSeconds
    const at = new Date().toISOString()
    const result = await sendAttempt(this.#world, this.#agent, {
      url: request.webhookUrl ?? '',
      requestId: request.id,
      body,
      userId: userId ?? this.#world.access.userId,
      asStranger: isMain && faults.strike('webhook-bad-signature'),
      ageSeconds: isMain && faults.strike('webhook-old-timestamp') ? 600 : 0,
      timeoutMs: timeoutSeconds * 1000,
      signal: this.#stop.signal,
    })
    if (!this.#stop.signal.aborted) request.webhooks.push({ at, kind, ...result })
    return result
  }

  #changeKeys({ faults }: QueueRequest): void {
    if (faults.strike('webhook-rotated-key')) this.#world.signing.rotate()
    if (!faults.strike('jwks-down')) return
    this.#world.signing.rotate()
    this.#world.jwksDownUntil = Date.now() + faults.number('jwks-down') * 1000
  }

  #guard(request: QueueRequest, work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#world.problems.push(`webhook of ${request.id}: ${String(error)}`))
  }
}

function isTaken({ statusCode }: AttemptResult): boolean {
  return statusCode !== null && statusCode >= 200 && statusCode < 300
}

/** Retries after no answer, 4xx and 5xx; never after a redirect. */
function isRetried({ statusCode }: AttemptResult): boolean {
  return statusCode === null || statusCode >= 400
}

function isAllowedTarget(url: string, arePrivateAllowed: boolean): boolean {
  if (!URL.canParse(url)) return false
  const { hostname, protocol } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return false
  if (arePrivateAllowed) return true
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) ? ipaddr.process(address).range() === 'unicast' : !/(^|\.)localhost$/.test(hostname)
}
