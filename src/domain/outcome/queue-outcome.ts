/**
 * Reads the queue's answers: the status, and the result, which relays the model's own HTTP status and body.
 * Invariants: never throws; only FAL's or the model's own answer decides a job, never an ingress page.
 */

import { sliceExact, tooComplex, tryParseExact } from '../exact-json.ts'
import { billedUnitsOf } from './bill-headers.ts'
import {
  errorTypeOf,
  isCancelType,
  isModelOffline,
  isRecord,
  reasonsOf,
  sentenceOf,
  toJobError,
} from './fal-error.ts'
import {
  completedOutcome,
  inferenceSecondsOf,
  logsOf,
  type Outcome,
  positionOf,
  unknownOutcome,
  unreadableResult,
} from './outcome.ts'
import { percentFromLogs } from './progress.ts'

/** The answer to a status GET. `COMPLETED` is not success: it becomes `finished`, and the result decides. */
export function outcomeOfStatus(httpStatus: number, rawBody: string): Outcome {
  const body = tryParseExact(rawBody)
  if (isNotFound(httpStatus, body)) return { type: 'forgotten' }
  const refused = refusalOf(httpStatus, body)
  if (refused !== null) return refused
  const status = isRecord(body) && typeof body.status === 'string' ? body.status : null
  if (!isRecord(body) || status === null) {
    return unknownOutcome(`FAL answered ${httpStatus} without a queue status.`)
  }
  const logs = logsOf(body.logs)
  if (status === 'IN_QUEUE') return { type: 'queued', queuePosition: positionOf(body.queue_position), logs }
  if (status === 'IN_PROGRESS') return { type: 'running', percent: percentFromLogs(logs), logs }
  // FAL's own clients treat any 200 as completion: whatever status the body names, the result decides.
  if (status === 'COMPLETED' || httpStatus === 200) {
    const hint = sentenceOf({ error: body.error })
    return { type: 'finished', inferenceSeconds: inferenceSecondsOf(body.metrics), logs, hint }
  }
  return { type: 'running', percent: null, logs }
}

/** The answer to a result GET. Header names in lower case. */
export function outcomeOfResult(
  httpStatus: number,
  headers: Readonly<Record<string, string>>,
  rawBody: string,
): Outcome {
  const body = tryParseExact(rawBody)
  const answer = { httpStatus, headers, body }
  if (httpStatus >= 200 && httpStatus < 300) return succeeded(httpStatus, headers, rawBody, body)
  if (isNotFound(httpStatus, body)) return { type: 'forgotten' }
  if (httpStatus === 400 && isStillRunning(body)) return { type: 'running', percent: null, logs: [] }
  const stated = reasonsOf(body).length > 0
  const fromModel = stated || 'x-fal-request-id' in headers || errorTypeOf(answer) !== null
  if (httpStatus === 499 || (fromModel && isCancelType(errorTypeOf(answer)))) return { type: 'canceled' }
  if (httpStatus === 504 && headers['x-fal-request-timeout-type']?.toLowerCase() === 'user') {
    const message = 'The request did not start within its start timeout.'
    return { type: 'failed', error: { ...toJobError(answer), code: 'FAL_TIMEOUT', message, retryable: true } }
  }
  const refused = stated ? null : refusalOf(httpStatus, body)
  if (refused !== null) {
    // A vendor may have taken the model down after it made the result: that result may come back.
    const isFinal = httpStatus >= 500 && fromModel && !isModelOffline(httpStatus, sentenceOf(body))
    return refused.type === 'unknown' && isFinal ? failed(answer) : refused
  }
  if (httpStatus === 404 || httpStatus === 410) return missing(answer)
  if (httpStatus >= 500) return fromModel ? failed(answer) : unknownOutcome(`FAL answered ${httpStatus}.`)
  if (httpStatus >= 400 && (fromModel || isRecord(body))) return failed(answer)
  return unknownOutcome(`FAL answered ${httpStatus} with a body that is not FAL's.`)
}

/** A result that is too large to be read. `stated`: the size that FAL named; null: it named none. */
export function oversizedResult(stated: number | null, mostBytes: number): Outcome {
  const size = stated === null ? 'larger than' : `${stated} bytes, more than`
  const message = `FAL's result is ${size} the ${mostBytes} bytes that are read (FAL_RESULT_MAX_BYTES). FAL finished the request and bills it.`
  return { type: 'failed', error: { code: 'RESULT_TOO_LARGE', message, retryable: false }, rendered: true }
}

/** A large body is stored as FAL wrote it: writing it anew would take its size twice more. */
const largeBody = 1024 * 1024

const asStored = (rawBody: string): string =>
  rawBody.length > largeBody ? rawBody.trim() : (sliceExact(rawBody, []) ?? 'null')

function succeeded(
  httpStatus: number,
  headers: Readonly<Record<string, string>>,
  rawBody: string,
  body: unknown,
): Outcome {
  const facts = { inferenceSeconds: null, ...billedUnitsOf(headers) }
  if (httpStatus === 202 && isRecord(body) && (body.status === 'IN_QUEUE' || body.status === 'IN_PROGRESS')) {
    return outcomeOfStatus(httpStatus, rawBody)
  }
  const excess = tooComplex(rawBody)
  if (excess !== null) return { type: 'failed', error: unreadableResult(`it has ${excess}`), rendered: true }
  if (body !== undefined) {
    return completedOutcome(asStored(rawBody), body, facts)
  }
  // A proxy's page may also answer 200: without FAL's header a body that is not JSON is not the model's.
  if (!('x-fal-request-id' in headers))
    return unknownOutcome('The result is not JSON and has no header of FAL.')
  const type = headers['content-type'] ?? ''
  if (rawBody === '') return completedOutcome('null', null, facts)
  if (type === '' || /^text\/|json|xml/i.test(type))
    return completedOutcome(JSON.stringify(rawBody), rawBody, facts)
  return {
    type: 'failed',
    error: { code: 'INTERNAL', message: `The model answered with ${type}, not with JSON.`, retryable: false },
  }
}

/** Outcomes for answers that concern our account or a temporary condition, not the request; null for all others. */
function refusalOf(httpStatus: number, body: unknown): Outcome | null {
  const stated = sentenceOf(body)
  const reason = `FAL answered ${httpStatus}${stated === null ? '' : `: ${stated}`}.`
  if (httpStatus === 401 || httpStatus === 403) return unknownOutcome(reason, 'FAL_AUTH')
  if (httpStatus === 408 || httpStatus === 504) return unknownOutcome(reason, 'FAL_TIMEOUT')
  if (httpStatus === 429 || httpStatus === 425 || httpStatus >= 500) return unknownOutcome(reason)
  if (httpStatus === 405 || (httpStatus >= 300 && httpStatus < 400)) return unknownOutcome(reason)
  return null
}

function missing(answer: {
  httpStatus: number
  headers: Readonly<Record<string, string>>
  body: unknown
}): Outcome {
  const sentence = sentenceOf(answer.body)
  const ofModel = reasonsOf(answer.body).length > 0 || /^path .* not found/i.test(sentence ?? '')
  if (ofModel) return failed(answer)
  const answered = isRecord(answer.body) || 'x-fal-request-id' in answer.headers
  return answered ? { type: 'forgotten' } : unknownOutcome(`FAL answered ${answer.httpStatus} with a page.`)
}

const failed = (answer: Parameters<typeof toJobError>[0]): Outcome => ({
  type: 'failed',
  error: toJobError(answer),
})

const isNotFound = (httpStatus: number, body: unknown): boolean =>
  httpStatus === 404 && isRecord(body) && body.status === 'NOT_FOUND'

export const isStillRunning = (body: unknown): boolean => /still in progress/i.test(sentenceOf(body) ?? '')
