/** One attempt at one webhook: signs it, sends it once, follows no redirect and reports the outcome. */

import { type Dispatcher, request as send } from 'undici'
import type { World } from '../world/world.ts'
import { signatureHeaders } from './signature.ts'

export interface AttemptOptions {
  readonly url: string
  readonly requestId: string
  readonly body: string
  readonly userId: string
  readonly asStranger: boolean
  /** How far in the past it is signed. */
  readonly ageSeconds: number
  /** Real time. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface AttemptResult {
  /** Null: no answer. */
  readonly statusCode: number | null
  readonly error: string | null
  readonly durationMs: number
}

export async function sendAttempt(
  world: World,
  dispatcher: Dispatcher,
  options: AttemptOptions,
): Promise<AttemptResult> {
  const start = performance.now()
  const timestamp = Math.floor(Date.now() / 1000) - options.ageSeconds
  const signature = signatureHeaders(world.signing, { ...options, timestamp })
  const done = (statusCode: number | null, error: string | null) => ({
    statusCode,
    error,
    durationMs: Math.round(performance.now() - start),
  })
  try {
    const response = await send(options.url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'fal-webhooks-simulator', ...signature },
      body: options.body,
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]),
    })
    await response.body.dump()
    return done(response.statusCode, null)
  } catch (error) {
    return done(null, error instanceof Error ? error.message : String(error))
  }
}
