/** What HTTP says of each error code: its status, and the `type` of its problem, which links to its entry under /docs/errors. */
import type { ErrorCode } from '../../../domain/errors.ts'

export const statusOf: Record<ErrorCode, number> = {
  MALFORMED_BODY: 400,
  UNAUTHENTICATED: 401,
  INSUFFICIENT_CREDITS: 402,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFIRMATION_REQUIRED: 409,
  IDEMPOTENCY_IN_PROGRESS: 409,
  QUOTE_CHANGED: 409,
  JOB_FINAL: 409,
  JOB_NOT_FINAL: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INVALID_PARAMS: 422,
  UNKNOWN_MODEL: 422,
  IDEMPOTENCY_KEY_REUSED: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
}

export const errorCataloguePath = '/docs/errors'

/** e.g. `invalid-params`: where the entry of a code begins on the page and in docs/errors.md. */
export const anchorOf = (code: string): string => code.toLowerCase().replaceAll('_', '-')

/** A reference relative to the service's root, so that it holds under any host name. */
export const problemType = (code: string): string => `${errorCataloguePath}#${anchorOf(code)}`
