/** What the client throws: one error type, whether the service refused, the network failed or the wait was too long. */
import type { components } from './data/api-types.ts'

export type Problem = components['schemas']['Problem']

/** The service's own code, or what went wrong on the way to it. */
export type FalJobsErrorCode = Problem['code'] | 'NETWORK' | 'WAIT_TIMEOUT' | 'UNEXPECTED_ANSWER'

export interface FieldProblem {
  /** RFC 6901 pointer into the body, or `#/query/…`, `#/path/…`, `#/headers/…`. */
  pointer: string
  message: string
  code: string
  allowed?: (string | number | boolean)[]
}

export class FalJobsError extends Error {
  /** What to branch on. */
  readonly code: FalJobsErrorCode
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** What to fix, place by place. */
  readonly errors: FieldProblem[]
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  /** Quote it when you report trouble; null when there was no answer. */
  readonly requestId: string | null
  readonly retryAfterSeconds: number | null
  /** The whole problem document, with members that only some codes carry (such as `estimate`). */
  readonly problem: Record<string, unknown>

  constructor(message: string, facts: Partial<FalJobsError> & Pick<FalJobsError, 'code'>) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'FalJobsError'
    this.code = facts.code
    this.status = facts.status ?? 0
    this.errors = facts.errors ?? []
    this.retryable = facts.retryable ?? false
    this.requestId = facts.requestId ?? null
    this.retryAfterSeconds = facts.retryAfterSeconds ?? null
    this.problem = facts.problem ?? {}
  }
}

/** The error of an answer that is no success; `body` is its parsed body, or undefined when that is no JSON. */
export function errorOf(response: Response, body: unknown): FalJobsError {
  const facts = {
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    retryAfterSeconds: retryAfterOf(response),
  }
  if (!isProblem(body)) {
    return new FalJobsError(`The service answered ${response.status} without a reason.`, {
      ...facts,
      code: 'UNEXPECTED_ANSWER',
      retryable: isPassing(response.status),
    })
  }
  const { code, detail, errors, retryable, requestId } = body
  return new FalJobsError(detail, {
    ...facts,
    code,
    errors,
    retryable,
    requestId: requestId ?? facts.requestId,
    problem: body,
  })
}

/** Statuses of a temporarily unavailable service or proxy. */
export const isPassing = (status: number): boolean => [408, 429, 502, 503, 504].includes(status)

/** Seconds of Retry-After, in either of its forms. */
export function retryAfterOf(response: Response): number | null {
  const retryAfter = response.headers.get('retry-after')
  if (retryAfter === null) return null
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter)
  const time = Date.parse(retryAfter)
  return Number.isNaN(time) ? null : Math.max(0, Math.ceil((time - Date.now()) / 1000))
}

function isProblem(body: unknown): body is Problem & Record<string, unknown> {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'errors' in body
}
