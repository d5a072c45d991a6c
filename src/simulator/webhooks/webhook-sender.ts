/**
 * Sends the webhooks of finished requests as FAL documents it: retries on the clock until a 2xx, a redirect (permanent)
 * or the end of the result's life; and every way a delivery is known to go wrong, on demand.
 */

import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Agent } from 'undici'
import { type JsonObject, toPythonJson } from '../base/json.ts'
import { isExpired, type QueueRequest, type RequestListener } from '../world/queue-request.ts'
import type { World } from '../world/world.ts'
import { type AttemptResult, sendAttempt } from './send-attempt.ts'
import { genericErrorBody, seedStyleProgress, webhookBody } from './webhook-body.ts'

/** A webhook that waits for another one goes at last by itself. */
const longestHoldSeconds = 120

export interface WebhookSender extends RequestListener {
  /** Resolves when the first attempt for this request is over, or none is due. */
  firstAttemptOf(request: QueueRequest): Promise<void>
  /** Sends the webhook of a finished request again, now. */
  resend(request: QueueRequest): Promise<AttemptResult>
  /** Signs and sends any body, for webhooks no request of this simulator would cause. */
  sendAny(webhook: AnyWebhook): Promise<AttemptResult>
  close(): Promise<void>
}

export interface AnyWebhook {
  readonly url: string
  readonly requestId: string
  /** Sent as it is. */
  readonly body: string
  /** Default: the simulator's account. */
  readonly userId?: string
  /** Signed that far in the past. */
  readonly ageSeconds?: number
}

export function createWebhookSender(world: World): WebhookSender {
  const { clock, settings } = world
  const agent = new Agent({ connections: 64 })
  const stop = new AbortController()
  const firstAttempts = new Map<string, Promise<void>>()
  /** Webhooks that wait for another request's to go first. */
  const held: (() => void)[] = []

  const attempt = async (request: QueueRequest, body: string, kind: string, retry = 0, userId?: string) => {
    const { faults } = request
    const isMain = userId === undefined
    if (isMain && faults.strike('webhook-rotated-key')) world.signing.rotate()
    if (isMain && faults.strike('jwks-down')) {
      world.signing.rotate()
      world.jwksDownUntil = Date.now() + faults.number('jwks-down') * 1000
    }
    const timeoutSeconds =
      retry === 0 ? settings.webhookFirstTimeoutSeconds : settings.webhookRetryTimeoutSeconds
    const at = new Date().toISOString()
    const result = await sendAttempt(world, agent, {
      url: request.webhookUrl ?? '',
      requestId: request.id,
      body,
      userId: userId ?? world.access.userId,
      asStranger: isMain && faults.strike('webhook-bad-signature'),
      ageSeconds: isMain && faults.strike('webhook-old-timestamp') ? 600 : 0,
      timeoutMs: timeoutSeconds * 1000,
      signal: stop.signal,
    })
    if (!stop.signal.aborted) request.webhooks.push({ at, kind, ...result })
    return result
  }

  const deliver = async (request: QueueRequest, message: JsonObject) => {
    const body = toPythonJson(message)
    const { faults } = request
    if (faults.strike('webhook-foreign-account'))
      await attempt(request, body, 'foreign-account', 0, 'user_someone_else')
    if (faults.strike('webhook-not-json')) await attempt(request, 'Internal <b>proxy</b> page', 'not-json')
    if (faults.has('webhook-seed-style')) {
      await attempt(request, toPythonJson(seedStyleProgress(request)), 'seed-style-progress')
    }
    const first = await attempt(request, body, 'outcome')
    for (const release of held.splice(0)) release()
    guard(request, retryUntilTaken(request, body, first))
  }

  const retryUntilTaken = async (request: QueueRequest, body: string, first: AttemptResult) => {
    let last = first
    let delay = settings.webhookDelaySeconds
    for (let retry = 1; retry <= settings.webhookRetries && isRetried(last); retry++) {
      await clock.wait(delay)
      if (stop.signal.aborted || isExpired(request, clock.now(), settings)) return
      delay = Math.min(delay * settings.webhookDelayGrowth, settings.webhookDelayMaxSeconds)
      last = await attempt(request, body, 'retry', retry)
    }
    if (isTaken(last) && request.faults.strike('webhook-duplicate')) {
      const copies = request.faults.number('webhook-duplicate')
      for (let copy = 0; copy < copies; copy++) await attempt(request, body, 'duplicate')
    }
  }

  const isDue = (request: QueueRequest) =>
    request.webhookUrl !== undefined &&
    isAllowedTarget(request.webhookUrl, settings.webhookPrivateTargets) &&
    (!request.cancelled || settings.webhookOnCancel) &&
    !request.faults.strike('webhook-lost')

  const begin = async (request: QueueRequest) => {
    const { faults } = request
    if (faults.strike('webhook-late')) await clock.wait(faults.number('webhook-late'))
    if (faults.strike('webhook-out-of-order')) {
      await Promise.race([new Promise<void>((resolve) => held.push(resolve)), clock.wait(longestHoldSeconds)])
    }
    if (!stop.signal.aborted) await deliver(request, webhookBody(request))
  }

  const guard = (request: QueueRequest, work: Promise<unknown>) => {
    work.catch((error: unknown) => world.problems.push(`webhook of ${request.id}: ${String(error)}`))
  }

  return {
    onStarted(request) {
      if (request.webhookUrl && request.faults.strike('webhook-generic-error')) {
        guard(request, attempt(request, toPythonJson(genericErrorBody(request)), 'generic-error'))
      }
    },
    onCompleted(request) {
      if (!isDue(request)) return
      const first = begin(request).finally(() => firstAttempts.delete(request.id))
      firstAttempts.set(request.id, first)
      guard(request, first)
    },
    firstAttemptOf: (request) => firstAttempts.get(request.id) ?? Promise.resolve(),
    resend: (request) => attempt(request, toPythonJson(webhookBody(request)), 'resent'),
    sendAny: (webhook) =>
      sendAttempt(world, agent, {
        url: webhook.url,
        requestId: webhook.requestId,
        body: webhook.body,
        userId: webhook.userId ?? world.access.userId,
        asStranger: false,
        ageSeconds: webhook.ageSeconds ?? 0,
        timeoutMs: settings.webhookFirstTimeoutSeconds * 1000,
        signal: stop.signal,
      }),
    async close() {
      stop.abort()
      await agent.destroy()
    },
  }
}

function isTaken({ statusCode }: AttemptResult): boolean {
  return statusCode !== null && statusCode >= 200 && statusCode < 300
}

/** No answer, 4xx and 5xx are tried again; a redirect never. */
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
