/**
 * Reads the body of a webhook. FAL sends `OK` or `ERROR` once, at the end; the statuses and places of older
 * integrations are understood too. Invariants: never throws, and an error is final only when it carries the model's
 * own reason.
 */

import { omitExact, parseExact, sliceExact, tooComplex, tryParseExact } from '../exact-json.ts'
import { noBilledUnits } from './bill-headers.ts'
import { type FalAnswer, isRecord, reasonsOf, sentenceOf, toJobError } from './fal-error.ts'
import {
  completedOutcome,
  inferenceSecondsOf,
  logsOf,
  type Outcome,
  positionOf,
  unknownOutcome,
} from './outcome.ts'
import { percentFromLogs } from './progress.ts'

export interface WebhookReading {
  requestId: string | null
  gatewayRequestId: string | null
  outcome: Outcome
}

const successes = new Set(['OK', 'COMPLETED', 'SUCCESS', 'SUCCEEDED'])
const failures = new Set(['ERROR', 'FAILED', 'FAILURE'])
const outputKeys = ['payload', 'data', 'output', 'response', 'result'] as const

/** Members of the message itself; what else stands at top level is the model's output. */
const envelope = new Set([
  'request_id',
  'requestId',
  'gateway_request_id',
  'gatewayRequestId',
  'status',
  'error',
  'error_type',
  'payload_error',
  'logs',
  'metrics',
  'queue_position',
  'status_url',
  'response_url',
  'cancel_url',
  ...outputKeys,
])

/** Reads a delivery's body. `requestId` is null when the body names none (the signed header does). */
export function outcomeOfWebhook(rawBody: string): WebhookReading {
  const body = tryParseExact(rawBody)
  if (!isRecord(body)) {
    const excess = tooComplex(rawBody)
    const outcome = unknownOutcome(
      excess === null ? 'The webhook body is not a JSON object.' : `The webhook body has ${excess}.`,
    )
    return { requestId: null, gatewayRequestId: null, outcome }
  }
  return {
    requestId: idOf(body.request_id ?? body.requestId),
    gatewayRequestId: idOf(body.gateway_request_id ?? body.gatewayRequestId),
    outcome: outcomeOf(body, rawBody),
  }
}

function outcomeOf(body: Record<string, unknown>, rawBody: string): Outcome {
  const status = typeof body.status === 'string' ? body.status.trim().toUpperCase() : null
  const logs = logsOf(body.logs)
  if (status === null) return unknownOutcome('The webhook body has no status.')
  if (successes.has(status)) return succeeded(body, rawBody, status)
  if (failures.has(status)) return failed(body, status)
  if (status === 'IN_QUEUE' || status === 'QUEUED') {
    return { type: 'queued', queuePosition: positionOf(body.queue_position), logs }
  }
  if (status === 'IN_PROGRESS' || status === 'PROCESSING' || status === 'RUNNING') {
    return { type: 'running', percent: percentFromLogs(logs), logs }
  }
  if (status === 'CANCELED' || status === 'CANCELLED')
    return { type: 'doubtful', reason: 'FAL reports a cancellation.' }
  return unknownOutcome(`The webhook status ${JSON.stringify(status.slice(0, 40))} is not known.`)
}

function succeeded(body: Record<string, unknown>, rawBody: string, status: string): Outcome {
  const inferenceSeconds = inferenceSecondsOf(body.metrics)
  const facts = { inferenceSeconds, ...noBilledUnits }
  const hint = sentenceOf({ detail: body.payload_error })
  const key = outputKeys.find((candidate) => body[candidate] !== undefined && body[candidate] !== null)
  const finished: Outcome = { type: 'finished', inferenceSeconds, logs: logsOf(body.logs), hint }
  // The queue's `COMPLETED` also ends failed requests: with an error beside it, it is no success.
  const errs = status !== 'OK' && body.error !== undefined && body.error !== null
  if (errs && key === undefined) return { type: 'doubtful', reason: reasonOf(body) }
  if (body.payload_error !== undefined && body.payload_error !== null) return finished
  if (key !== undefined) {
    const result = sliceExact(rawBody, [key])
    return result === null ? finished : completedOutcome(result, body[key], facts)
  }
  if (outputKeys.some((candidate) => candidate in body)) return finished
  const result = omitExact(rawBody, envelope)
  return result === null ? finished : completedOutcome(result, parseExact(result), facts)
}

/** Only a 4xx with the model's own reason is final; anything else may be a problem of the delivery. */
function failed(body: Record<string, unknown>, status: string): Outcome {
  const output =
    outputKeys.map((key) => body[key]).find((value) => value !== undefined && value !== null) ?? body
  const httpStatus = statusCodeOf(body.error)
  const stated = reasonsOf(output).length > 0 || (isRecord(output) && typeof output.detail === 'string')
  const mayLie = httpStatus !== null && [401, 403, 404, 405, 408, 410, 429].includes(httpStatus)
  if (!stated || mayLie || (httpStatus !== null && httpStatus >= 500)) {
    return { type: 'doubtful', reason: reasonOf(body, status) }
  }
  if (httpStatus === 499) return { type: 'canceled' }
  // A bare sentence without a 4xx could be anything, from a crash to a full disk.
  if (httpStatus === null && reasonsOf(output).length === 0)
    return { type: 'doubtful', reason: reasonOf(body, status) }
  const answer: FalAnswer = { httpStatus: httpStatus ?? 422, headers: {}, body: output }
  const error = toJobError(answer)
  const final = error.code === 'FAL_REJECTED' || error.code === 'CONTENT_POLICY'
  return final ? { type: 'failed', error } : { type: 'doubtful', reason: error.message }
}

/** 422 of `Invalid status code: 422`. */
function statusCodeOf(error: unknown): number | null {
  const match = typeof error === 'string' ? /status code:?\s*(\d{3})\b/i.exec(error) : null
  return match === null ? null : Number(match[1])
}

const reasonOf = (body: Record<string, unknown>, status = 'ERROR'): string =>
  sentenceOf(body) ?? `FAL reports ${status} without a reason.`

const idOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= 200 ? value : null
