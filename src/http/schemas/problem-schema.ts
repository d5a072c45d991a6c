/** Refusals as RFC 9457 problem details: their schema, and the ones that each route may answer with. */
import { Type } from '@sinclair/typebox'
import { errorCodes } from '../../domain/errors.ts'
import { oneOf, withExample } from './basic-schemas.ts'
import { problemExamples } from './data/problem-examples.ts'

export const problemSchema = withExample(
  Type.Object(
    {
      type: Type.String({
        description: 'A link to the explanation of `code`, relative to this service. Branch on `code`.',
      }),
      title: Type.String(),
      status: Type.Integer(),
      code: oneOf(errorCodes, { description: 'What to branch on.' }),
      detail: Type.String({ description: 'What to fix, for people.' }),
      requestId: Type.String({ description: 'Also in the `x-request-id` header and the log.' }),
      retryable: Type.Boolean({ description: 'Whether the same request may succeed later.' }),
      errors: Type.Array(
        Type.Object(
          {
            pointer: Type.String({
              description: 'JSON pointer into the body, or `#/query/…`, `#/path/…`, `#/headers/…`.',
            }),
            message: Type.String(),
            code: Type.String(),
            allowed: Type.Optional(Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
          },
          { additionalProperties: false },
        ),
      ),
    },
    { $id: 'Problem', additionalProperties: true, description: 'RFC 9457 problem details.' },
  ),
  problemExamples.INVALID_PARAMS?.value,
)

const problemTexts: Record<number, string> = {
  400: 'The body is not JSON.',
  401: 'No API key, or not a valid one.',
  402: 'The credits do not cover the estimate.',
  403: 'The API key may not do this.',
  404: 'Not found, or it belongs to another client.',
  409: 'The request conflicts with the current state.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The request is well-formed but invalid.',
  429: 'Too many requests; see Retry-After.',
  500: 'An internal error.',
  503: 'Temporarily unavailable; see Retry-After.',
}

/** Codes of one status that only some operations answer with. */
const createCodes = [
  'CONFIRMATION_REQUIRED',
  'QUOTE_CHANGED',
  'IDEMPOTENCY_IN_PROGRESS',
  'UNKNOWN_MODEL',
  'IDEMPOTENCY_KEY_REUSED',
]
const otherCodes = ['JOB_FINAL']

/** Response entries for the problems a route may answer with. Every route may answer 500 and 503. */
export const problems = (...statuses: number[]) => responses(statuses, createCodes)

/** The same for routes that create or price a job. */
export const createProblems = (...statuses: number[]) => responses(statuses, otherCodes)

function responses(statuses: number[], without: string[]): Record<number, object> {
  return Object.fromEntries(
    [...new Set([...statuses, 500, 503])].map((status) => [
      status,
      {
        description: problemTexts[status] ?? 'A problem.',
        content: {
          'application/problem+json': {
            schema: { $ref: 'Problem#' },
            examples: Object.fromEntries(
              Object.entries(problemExamples)
                .filter(([code, { value }]) => value.status === status && !without.includes(code))
                .map(([code]) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  )
}
