/**
 * Maps FAL's errors to ours. Three families arrive here — the model's list of reasons, the platform's sentence with
 * its `error_type`, the Platform API's object — and leave as one JobError: a code, FAL's own sentence, and its type
 * list.
 */
import type { JobError, JobErrorCode } from '../job.ts'

export interface FalAnswer {
  httpStatus: number
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>
  /** Parsed JSON; undefined when the body was none. */
  body: unknown
}

/** One reason as FAL lists it; its echo of the input is left out. */
export interface FalReason {
  type: string
  msg: string
  loc: (string | number)[]
  ctx?: unknown
}

const longestMessage = 1_000
const mostReasons = 50
const largestCtx = 2_000

const timeoutTypes = new Set(['generation_timeout', 'request_timeout', 'startup_timeout'])
const unavailableTypes = new Set([
  'internal_server_error',
  'internal_error',
  'downstream_service_error',
  'downstream_service_unavailable',
  'runner_scheduling_failure',
  'runner_connection_timeout',
  'runner_disconnected',
  'runner_connection_refused',
  'runner_connection_error',
  'runner_incomplete_response',
  'runner_server_error',
])
const canceledTypes = new Set(['client_cancelled', 'client_disconnected'])

/**
 * An account's trouble is the operator's: FAL's sentence would ask a caller to top up an account that is not theirs.
 */
const ownWords: Partial<Record<JobErrorCode, string>> = {
  FAL_AUTH: 'FAL does not accept the key of this service. The operator has to resolve it.',
  FAL_BALANCE:
    'FAL has locked the account of this service or its balance is used up. The operator has to resolve it.',
  MODEL_OFFLINE: 'The model is offline at FAL.',
}

/** The error a job fails with, given an answer that is a refusal. Never throws, whatever the body holds. */
export function toJobError(answer: FalAnswer): JobError {
  const reasons = reasonsOf(answer.body)
  const sentence = sentenceOf(answer.body)
  const types = [...reasons.map((r) => r.type), errorTypeOf(answer)].filter((type) => type !== null)
  const code = codeOf(answer.httpStatus, types, sentence)
  const type = errorTypeOf(answer)
  // An endpoint that does not exist, which FAL says in words only.
  const named = type ?? (answer.httpStatus === 404 && sentence !== null ? 'not_found' : null)
  const details =
    reasons.length > 0 ? reasons : named === null ? [] : [{ type: named, msg: sentence ?? named, loc: [] }]
  const ours = ownWords[code]
  if (ours !== undefined) {
    const stated = sentence ?? reasons[0]?.msg ?? `FAL answered ${answer.httpStatus}.`
    const details = [{ type: type ?? 'account', msg: stated, loc: [] }]
    return { code, message: ours, retryable: true, details }
  }
  return {
    code,
    message: messageOf(code, answer.httpStatus, reasons, sentence),
    retryable: retryHint(answer.headers) ?? isRetryable(code),
    ...(details.length > 0 ? { details } : {}),
  }
}

/** The model's own list of reasons; empty when the body holds none. */
export function reasonsOf(body: unknown): FalReason[] {
  if (!isRecord(body) || !Array.isArray(body.detail)) return []
  return body.detail.slice(0, mostReasons).flatMap((entry) => {
    if (typeof entry === 'string') return [{ type: 'unknown', msg: clip(entry), loc: [] }]
    if (!isRecord(entry)) return []
    const type = typeof entry.type === 'string' ? clip(entry.type) : 'unknown'
    const msg = typeof entry.msg === 'string' ? clip(entry.msg) : type
    return [{ type, msg, loc: locOf(entry.loc), ...ctxOf(entry.ctx) }]
  })
}

/** FAL's one-sentence reason, from `detail`, `error`, `message` or `error.message`; null when there is none. */
export function sentenceOf(body: unknown): string | null {
  if (!isRecord(body)) return null
  const nested = isRecord(body.error) ? body.error.message : null
  const text = [body.detail, body.error, nested, body.message].find(
    (candidate) => typeof candidate === 'string' && candidate.trim() !== '',
  )
  return typeof text === 'string' ? clip(text.trim()) : null
}

/** The platform's `error_type`, from the header or the body. */
export function errorTypeOf({ headers, body }: Pick<FalAnswer, 'headers' | 'body'>): string | null {
  const stated = headers['x-fal-error-type'] ?? (isRecord(body) ? body.error_type : undefined)
  return typeof stated === 'string' && stated !== '' ? clip(stated) : null
}

export const isCancelType = (type: string | null): boolean => type !== null && canceledTypes.has(type)

function codeOf(httpStatus: number, types: readonly string[], sentence: string | null): JobErrorCode {
  if (types.includes('content_policy_violation') || mentionsPolicy(httpStatus, sentence))
    return 'CONTENT_POLICY'
  if (types.some((type) => timeoutTypes.has(type))) return 'FAL_TIMEOUT'
  if (types.some((type) => unavailableTypes.has(type))) return 'FAL_UNAVAILABLE'
  if (httpStatus === 499 || types.some((type) => canceledTypes.has(type))) return 'CANCELED'
  // FAL answers 403 for an empty balance, in words only.
  if (httpStatus === 402 || (httpStatus === 403 && mentionsBalance(sentence))) return 'FAL_BALANCE'
  if (httpStatus === 401 || httpStatus === 403) return 'FAL_AUTH'
  if (isModelOffline(httpStatus, sentence)) return 'MODEL_OFFLINE'
  if (httpStatus === 504 || httpStatus === 408) return 'FAL_TIMEOUT'
  if (httpStatus >= 500 || httpStatus === 429) return 'FAL_UNAVAILABLE'
  return httpStatus >= 400 ? 'FAL_REJECTED' : 'INTERNAL'
}

/** FAL's answer for an app that exists but that its vendor took down. */
export const isModelOffline = (httpStatus: number, sentence: string | null): boolean =>
  httpStatus === 503 && sentence !== null && /^application is not available\b/i.test(sentence)

const mentionsBalance = (sentence: string | null): boolean =>
  sentence !== null &&
  /exhausted balance|user is locked|top up|insufficient (?:balance|credits|funds)/i.test(sentence)

const mentionsPolicy = (httpStatus: number, sentence: string | null): boolean =>
  (httpStatus === 400 || httpStatus === 422) &&
  sentence !== null &&
  /content[ _](?:policy|checker|moderation)|flagged as (?:unsafe|nsfw)/i.test(sentence)

/** The request itself is sound, so that the same one may pass once FAL, the key or the balance is in order again. */
const isRetryable = (code: JobErrorCode): boolean =>
  code === 'FAL_UNAVAILABLE' ||
  code === 'FAL_TIMEOUT' ||
  code === 'FAL_AUTH' ||
  code === 'FAL_BALANCE' ||
  code === 'MODEL_OFFLINE' ||
  code === 'CANCELED'

/** FAL names the header both ways; values `true`/`false` or `1`/`0`. */
function retryHint(headers: Readonly<Record<string, string>>): boolean | null {
  const stated = (headers['x-fal-needs-retry'] ?? headers['x-fal-retryable'])?.trim().toLowerCase()
  if (stated === '1' || stated === 'true') return true
  return stated === '0' || stated === 'false' ? false : null
}

function messageOf(
  code: JobErrorCode,
  httpStatus: number,
  reasons: readonly FalReason[],
  sentence: string | null,
): string {
  if (reasons.length > 0) {
    const shown = reasons.slice(0, 3).map(({ loc, msg }) => {
      const field = loc.filter((part, at) => at > 0 || part !== 'body').join('.')
      return field === '' ? msg : `${field}: ${msg}`
    })
    const more = reasons.length > shown.length ? ` (and ${reasons.length - shown.length} more)` : ''
    return clip(`${shown.join('; ')}${more}`)
  }
  if (sentence !== null) return sentence
  return code === 'CANCELED' ? 'FAL canceled the request.' : `FAL answered ${httpStatus} without a reason.`
}

function locOf(loc: unknown): (string | number)[] {
  if (!Array.isArray(loc)) return []
  return loc
    .filter((part) => typeof part === 'string' || typeof part === 'number')
    .slice(0, 20)
    .map((part) => (typeof part === 'string' ? clip(part) : part))
}

function ctxOf(ctx: unknown): { ctx?: unknown } {
  if (!isRecord(ctx) || JSON.stringify(ctx).length > largestCtx) return {}
  return { ctx }
}

const clip = (text: string): string =>
  text.length > longestMessage ? `${text.slice(0, longestMessage - 1)}…` : text

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
