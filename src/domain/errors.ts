/**
 * The one error type that crosses rooms: every refusal the caller can act on is an AppError with a stable code.
 * Only the HTTP edge knows statuses; `message` is public, `cause` and `internal` are for logs.
 */

export const errorCodes = [
  'MALFORMED_BODY',
  'UNAUTHENTICATED',
  'INSUFFICIENT_CREDITS',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'CONFIRMATION_REQUIRED',
  'IDEMPOTENCY_IN_PROGRESS',
  'QUOTE_CHANGED',
  'JOB_FINAL',
  'JOB_NOT_FINAL',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'INVALID_PARAMS',
  'UNKNOWN_MODEL',
  'IDEMPOTENCY_KEY_REUSED',
  'RATE_LIMITED',
  'INTERNAL',
  'UNAVAILABLE',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/** One thing to fix in a request: RFC 6901 pointer into the body (or `#/query/...`), public text, machine code. */
export interface FieldError {
  pointer: string
  message: string
  code: string
  /** The values that would have been accepted, where they can be listed. */
  allowed?: readonly (string | number | boolean)[]
}

export interface AppErrorOptions {
  errors?: FieldError[]
  retryable?: boolean
  retryAfterSeconds?: number
  /** Extra members of the problem document (e.g. the estimate of CONFIRMATION_REQUIRED). */
  extensions?: Record<string, unknown>
  /** For logs only. */
  internal?: string
  cause?: unknown
}

/** Limits of what one error lists, so that an answer and a log line stay small whatever the request contained. */
const mostFaults = 20
const mostFaultBytes = 48 * 1024
const mostMessageLength = 2_000
const mostPointerLength = 300
const mostTextLength = 500
const mostAllowed = 100

export class AppError extends Error {
  readonly code: ErrorCode
  readonly errors: FieldError[]
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined
  readonly extensions: Record<string, unknown>
  readonly internal: string | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(cut(message, mostMessageLength), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.errors = boundFaults(options.errors ?? [], mostFaultBytes)
    this.retryable = options.retryable ?? (code === 'RATE_LIMITED' || code === 'UNAVAILABLE')
    this.retryAfterSeconds = options.retryAfterSeconds
    this.extensions = options.extensions ?? {}
    this.internal = options.internal
  }
}

/** The first faults, at least one, as far as they fit into `mostBytes`. */
export function boundFaults(faults: readonly FieldError[], mostBytes: number): FieldError[] {
  const bounded: FieldError[] = []
  let left = mostBytes
  for (const fault of faults.slice(0, mostFaults)) {
    const { allowed, ...rest } = fault
    const short = {
      ...rest,
      pointer: cut(fault.pointer, mostPointerLength),
      message: cut(fault.message, mostTextLength),
    }
    const full = allowed === undefined ? short : { ...short, allowed: allowed.slice(0, mostAllowed) }
    const fitting = sizeOf(full) <= left ? full : short
    left -= sizeOf(fitting)
    if (left < 0 && bounded.length > 0) break
    bounded.push(fitting)
  }
  return bounded
}

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).toWellFormed()}…`
