/**
 * Posts a signed message (Standard Webhooks) to a client's receiver: public addresses only, no redirects, 15 s in
 * all, and only the start of the answer is read. Invariant: never throws for what the receiver or the network does.
 */
import type { LookupFunction } from 'node:net'
import { Webhook } from 'standardwebhooks'
import type { CallbackAnswer, CallbackSender, OutgoingCallback } from '../../ports/callbacks.ts'
import type { Clock } from '../../ports/clock.ts'
import { makeProblemOfUrl } from './callback-url.ts'
import { type Exchanged, exchange } from './exchange.ts'
import { createGuardedAgent } from './guarded-agent.ts'
import type { OutgoingProxy } from './proxy-tunnel.ts'

export interface CallbackSenderOptions {
  /** Permits private addresses and plain http (development). */
  allowPrivate: boolean
  clock: Clock
  timeoutMs?: number
  lookup?: LookupFunction
  /** The operator's proxy. Default: none. */
  proxy?: OutgoingProxy | null
}

const connectTimeoutMs = 10_000
const maxAnswerBytes = 64 * 1024
const excerptChars = 500

export function createCallbackSender(
  options: CallbackSenderOptions,
): CallbackSender & { close(): Promise<void> } {
  const { allowPrivate, clock, timeoutMs = 15_000, lookup, proxy = null } = options
  const problemOfUrl = makeProblemOfUrl({ allowPrivate })
  const dispatcher = createGuardedAgent({
    allowPrivate: () => allowPrivate,
    connectTimeoutMs,
    proxy,
    ...(lookup === undefined ? {} : { lookup }),
  })

  return {
    async send(message) {
      // The rules may have become stricter since the job was accepted.
      const problem = problemOfUrl(message.url)
      if (problem !== null) return { type: 'unreachable', error: problem }
      const exchanged = await exchange({
        dispatcher,
        method: 'POST',
        url: message.url,
        headers: headersOf(message, clock.now()),
        body: message.body,
        timeoutMs,
        maxBytes: maxAnswerBytes,
        ...(message.signal === undefined ? {} : { signal: message.signal }),
      })
      return answerOf(exchanged, timeoutMs, clock.now())
    },
    close: () => dispatcher.destroy(),
  }
}

function headersOf({ id, body, secrets }: OutgoingCallback, now: number): Record<string, string> {
  const at = new Date(now)
  return {
    'content-type': 'application/json',
    'user-agent': 'fal-jobs-callback/1',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  }
}

function answerOf(exchanged: Exchanged, timeoutMs: number, now: number): CallbackAnswer {
  const { headers, httpStatus } = exchanged
  // The status decides: a body that is too large, stalls or breaks off does not change the outcome.
  if (exchanged.type === 'trouble' && httpStatus === null) {
    return { type: 'unreachable', error: sentenceOf(exchanged.code, timeoutMs) }
  }
  return {
    type: 'answered',
    status: httpStatus ?? 0,
    retryAfterSeconds: retryAfterOf(headers['retry-after'], now),
    excerpt: exchanged.type === 'answer' ? storable(exchanged.text).slice(0, excerptChars) : '',
  }
}

/** PostgreSQL refuses U+0000 and unpaired surrogates. */
const storable = (text: string): string => text.replaceAll('\u0000', '').toWellFormed()

/** Seconds or an HTTP date. */
function retryAfterOf(header: string | undefined, now: number): number | null {
  if (header === undefined) return null
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000))
}

/** Sentences for the client by error code, without internal addresses. */
function sentenceOf(code: string, timeoutMs: number): string {
  const known: Record<string, string> = {
    ADDRESS_REFUSED: 'The host of the URL does not lead to a public address.',
    TIMEOUT: `The receiver did not answer within ${timeoutMs / 1000} s.`,
    UND_ERR_CONNECT_TIMEOUT: 'No connection could be made in time.',
    ENOTFOUND: 'The host of the URL does not exist.',
    EAI_AGAIN: 'The host of the URL could not be looked up.',
    ECONNREFUSED: 'The receiver refused the connection.',
    ECONNRESET: 'The receiver cut the connection.',
    UND_ERR_SOCKET: 'The receiver cut the connection.',
    CERT_HAS_EXPIRED: "The receiver's TLS certificate has expired.",
    DEPTH_ZERO_SELF_SIGNED_CERT: "The receiver's TLS certificate is self-signed.",
    ERR_TLS_CERT_ALTNAME_INVALID: "The receiver's TLS certificate is for another host.",
  }
  return known[code] ?? `The receiver could not be reached (${code}).`
}
