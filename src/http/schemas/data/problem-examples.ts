/** A refusal of each kind as readers of the OpenAPI document see it, by code. */
import { problemType } from './problem-type.ts'

const requestId = '01999999-9999-7999-8999-00000000000a'

export interface ProblemExample {
  summary: string
  value: { status: number; code: string; detail: string }
}

interface ExampleProblem {
  status: number
  detail: string
  retryable?: boolean
  errors?: object[]
  more?: object
}

const problems: Record<string, ExampleProblem> = {
  MALFORMED_BODY: { status: 400, detail: 'The body is not valid JSON.' },
  UNAUTHENTICATED: { status: 401, detail: 'The API key is unknown, expired or revoked.' },
  INSUFFICIENT_CREDITS: { status: 402, detail: 'The credits do not cover the estimate.' },
  FORBIDDEN: { status: 403, detail: 'This API key lacks the scope "jobs:write".' },
  NOT_FOUND: { status: 404, detail: 'The job does not exist.' },
  CONFIRMATION_REQUIRED: {
    status: 409,
    detail: 'The job is estimated at 3.20 USD, which needs "confirm": true.',
    more: { estimate: { estimatedMicros: 3_200_000, atMostMicros: 3_200_000, currency: 'USD' } },
  },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    detail: 'A request with this Idempotency-Key is still running.',
    retryable: true,
  },
  QUOTE_CHANGED: { status: 409, detail: 'The price or the input is not that of the quote any more.' },
  JOB_FINAL: { status: 409, detail: 'The job is completed already.' },
  PAYLOAD_TOO_LARGE: { status: 413, detail: 'The body is too large.' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, detail: 'Send the body as application/json.' },
  INVALID_PARAMS: {
    status: 422,
    detail: 'durationSeconds: Must be 5 or 10.',
    errors: [
      { pointer: '/durationSeconds', message: 'Must be 5 or 10.', code: 'not_allowed', allowed: [5, 10] },
    ],
  },
  UNKNOWN_MODEL: {
    status: 422,
    detail: 'No model has this alias. Did you mean flux-schnell?',
    errors: [
      {
        pointer: '/model',
        message: 'No model has this alias. Did you mean flux-schnell?',
        code: 'unknown_model',
        allowed: ['flux-schnell'],
      },
    ],
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    detail:
      'This Idempotency-Key was used before with another request body. Use a new key for a new request.',
  },
  RATE_LIMITED: { status: 429, detail: 'This API key may make 10 requests a second.', retryable: true },
  INTERNAL: {
    status: 500,
    detail: 'Something went wrong on our side. Quote the requestId when you report it.',
  },
  UNAVAILABLE: {
    status: 503,
    detail: 'The service cannot reach its database just now.',
    retryable: true,
  },
}

/** By code: `{summary, value}` with a whole problem document as value. */
export const problemExamples: Record<string, ProblemExample> = Object.fromEntries(
  Object.entries(problems).map(([code, { status, detail, retryable = false, errors = [], more = {} }]) => [
    code,
    {
      summary: detail,
      value: {
        type: problemType(code),
        title: code,
        status,
        code,
        detail,
        requestId,
        retryable,
        errors,
        ...more,
      },
    },
  ]),
)
