/**
 * Classifies the outcome of a submit: accepted, refused, certainly not accepted, or unknown. Pure. Invariant:
 * `later`, the only retryable outcome, is returned only when FAL certainly has not accepted the request.
 */
import { tryParseExact } from '../../domain/exact-json.ts'
import {
  type FalAnswer,
  isModelOffline,
  isRecord,
  sentenceOf,
  toJobError,
} from '../../domain/outcome/fal-error.ts'
import type { SubmitAnswer } from '../../ports/fal.ts'
import type { Exchanged } from '../outbound/exchange.ts'
import { keyRef } from './key-ring.ts'

export function toSubmitAnswer(exchanged: Exchanged, key: string, keyFallback: boolean): SubmitAnswer {
  if (exchanged.type === 'answer') return fromAnswer(exchanged, key, keyFallback)
  const { httpStatus, sent, code, headers } = exchanged
  if (!sent) return unsent(code)
  // The status line alone is conclusive for a refusal or a retry, even when the body was cut.
  if (httpStatus !== null && httpStatus >= 400) {
    return fromAnswer({ type: 'answer', httpStatus, headers, text: '' }, key, keyFallback)
  }
  const what =
    code === 'TIMEOUT' ? 'FAL did not answer in time' : 'The connection failed after the request was sent'
  return { type: 'uncertain', reason: `${what} (${code}).` }
}

/**
 * Whether FAL refused the key itself, so that another key may be tried: such a request was certainly not accepted.
 */
export const isKeyRefused = (exchanged: Exchanged): boolean =>
  exchanged.httpStatus === 401 || exchanged.httpStatus === 403

function fromAnswer(
  { httpStatus, headers, text }: Extract<Exchanged, { type: 'answer' }>,
  key: string,
  keyFallback: boolean,
): SubmitAnswer {
  const answer: FalAnswer = { httpStatus, headers, body: tryParseExact(text) }
  if (httpStatus >= 200 && httpStatus < 300) return accepted(answer.body, key, keyFallback)
  // 425: the server would not risk processing it. 429, 503: come back later.
  if (httpStatus === 425 || httpStatus === 429 || httpStatus === 503) {
    const reason = `FAL answered ${httpStatus}${quoted(answer.body)}.`
    return {
      type: 'later',
      reason,
      code: isModelOffline(httpStatus, sentenceOf(answer.body)) ? 'MODEL_OFFLINE' : 'FAL_UNAVAILABLE',
      retryAfterSeconds: retryAfter(headers['retry-after']),
    }
  }
  // A 408 or any 5xx may come from a proxy that gave up waiting for its upstream; a redirect is inconclusive.
  if (httpStatus === 408 || httpStatus >= 500 || httpStatus < 400) {
    return { type: 'uncertain', reason: `FAL answered ${httpStatus}${quoted(answer.body)}.` }
  }
  return { type: 'refused', error: toJobError(answer) }
}

function accepted(body: unknown, key: string, keyFallback: boolean): SubmitAnswer {
  if (!isRecord(body) || typeof body.request_id !== 'string' || body.request_id === '') {
    return { type: 'uncertain', reason: 'FAL accepted the request, but its answer names no request id.' }
  }
  const request = {
    requestId: body.request_id,
    gatewayRequestId: text(body.gateway_request_id),
    statusUrl: text(body.status_url),
    responseUrl: text(body.response_url),
    cancelUrl: text(body.cancel_url),
    queuePosition: Number.isSafeInteger(body.queue_position) ? Number(body.queue_position) : null,
    falKeyRef: keyRef(key),
  }
  return { type: 'accepted', request, keyFallback }
}

function unsent(code: string): SubmitAnswer {
  // A malformed request of ours, which would always fail in the same way.
  if (code.startsWith('UND_ERR_INVALID') || code === 'ERR_INVALID_URL' || code === 'UND_ERR_NOT_SUPPORTED') {
    const message = 'The request could not be put into HTTP: check the queue options.'
    return { type: 'refused', error: { code: 'INTERNAL', message, retryable: false } }
  }
  const late = code === 'TIMEOUT' || code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT'
  return {
    type: 'later',
    reason: `FAL could not be reached (${code}); nothing was sent.`,
    code: late ? 'FAL_TIMEOUT' : 'FAL_UNAVAILABLE',
    retryAfterSeconds: null,
  }
}

/** Seconds; the header's other form, an HTTP date, is left to our own backoff. */
function retryAfter(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) : null
}

function quoted(body: unknown): string {
  const sentence = sentenceOf(body)
  return sentence === null ? '' : `: ${sentence.replace(/\.$/, '')}`
}

const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)
