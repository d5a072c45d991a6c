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

export class AppError extends Error {
  readonly code: ErrorCode
  readonly errors: FieldError[]
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined
  readonly extensions: Record<string, unknown>
  readonly internal: string | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.errors = options.errors ?? []
    this.retryable = options.retryable ?? (code === 'RATE_LIMITED' || code === 'UNAVAILABLE')
    this.retryAfterSeconds = options.retryAfterSeconds
    this.extensions = options.extensions ?? {}
    this.internal = options.internal
  }
}
