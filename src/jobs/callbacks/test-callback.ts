/** Sends one signed test message to an endpoint and says what is wrong with it; a passing test re-enables it. */
import { v7 as newUuid } from 'uuid'
import { createTokenBuckets } from '../../concurrency/token-buckets.ts'
import { callbackPayload } from '../../domain/callbacks/callback-message.ts'
import { endpointOf } from '../../domain/callbacks/callback-schedule.ts'
import type { Client } from '../../domain/client.ts'
import { AppError } from '../../domain/errors.ts'
import { toId } from '../../domain/ids.ts'
import type { CallbackSender, CallbackStore } from '../../ports/callbacks.ts'
import type { Clock } from '../../ports/clock.ts'
import { type CheckCallbackUrl, refuseBadUrl } from '../create/check-callback-url.ts'
import { problemOf } from './deliver-callback.ts'
import type { ReceiverSlots } from './receiver-slots.ts'

export interface TestCallbackDeps {
  callbacks: Pick<CallbackStore, 'secrets' | 'enable'>
  sender: CallbackSender
  slots: ReceiverSlots
  checkUrl: CheckCallbackUrl
  clock: Clock
}

export interface CallbackTest {
  ok: boolean
  /** What to fix; null when `ok`. */
  problem: string | null
  status: number | null
  durationMs: number
  /** The first bytes of the receiver's answer. */
  answer: string | null
}

export type TestCallback = (client: Client, url: string) => Promise<CallbackTest>

/** Each test is a request to a host that the client names. */
const perMinute = 20
const clientsAtMost = 10_000

/**
 * @throws AppError INVALID_PARAMS for a URL that a create would refuse too, RATE_LIMITED while the receiver is busy.
 */
export function makeTestCallback(deps: TestCallbackDeps): TestCallback {
  const buckets = createTokenBuckets({ clock: deps.clock, atMost: clientsAtMost })

  return async function testCallback(client, url) {
    refuseBadUrl(deps.checkUrl, url, '/url')
    const { allowed, nextInSeconds } = buckets.take(client.clientId, perMinute / 60, perMinute)
    if (!allowed) {
      const text = `A client may test ${perMinute} endpoints a minute.`
      throw new AppError('RATE_LIMITED', text, { retryAfterSeconds: nextInSeconds })
    }
    const startedAt = deps.clock.now()
    const secrets = await deps.callbacks.secrets(client.clientId)
    const release = await deps.slots.take(new URL(url).origin, client.clientId)
    if (release === null) {
      const text = 'The receiver is slow and has many callbacks under way; test it again later.'
      throw new AppError('RATE_LIMITED', text, { retryAfterSeconds: 15 })
    }
    const answer = await deps.sender
      .send({
        id: toId('cb', newUuid()),
        url,
        body: callbackPayload('callback.test', startedAt, {}),
        secrets: secrets.map(({ secret }) => secret),
      })
      .finally(release)
    const problem = problemOf(answer)
    if (problem === null) await deps.callbacks.enable(client.clientId, endpointOf(url))
    return {
      ok: problem === null,
      problem,
      status: answer.type === 'answered' ? answer.status : null,
      durationMs: deps.clock.now() - startedAt,
      answer: answer.type === 'answered' && answer.excerpt !== '' ? answer.excerpt : null,
    }
  }
}
