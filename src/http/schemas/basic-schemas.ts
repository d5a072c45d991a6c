/** The small schemas every route is made of, and the helpers that keep them readable in the OpenAPI document. */
import { type Static, type TSchema, type TUnsafe, Type } from '@sinclair/typebox'
import { errorCodes } from '../../domain/errors.ts'

/** `type: [t, "null"]`: what OpenAPI 3.1 and the serializer both like best. */
export function nullable<S extends TSchema>(schema: S): TUnsafe<Static<S> | null> {
  const { type, enum: values, ...rest } = schema
  return Type.Unsafe<Static<S> | null>({
    ...rest,
    ...(type === undefined ? {} : { type: [type, 'null'] }),
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  })
}

/** A string out of a list, as a plain `enum`. */
export const oneOf = <const T extends readonly string[]>(
  values: T,
  options: object = {},
): TUnsafe<T[number]> => Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options })

export const time = (description: string) => Type.String({ format: 'date-time', description })

export const idOf = (prefix: string, description: string) =>
  Type.String({
    pattern: `^${prefix}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`,
    description,
    examples: [`${prefix}_01999999-9999-7999-8999-999999999999`],
  })

export const micros = (description: string) => Type.Integer({ description: `${description} In micro-USD.` })

export const problemSchema = Type.Object(
  {
    type: Type.String({ description: 'A URI for the kind of problem.' }),
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
)

const problemTexts: Record<number, string> = {
  400: 'The body is not JSON.',
  401: 'No API key, or not a valid one.',
  402: 'The credits do not cover the estimate.',
  403: 'The API key may not do this.',
  404: 'There is no such thing, or it belongs to another client.',
  409: 'The request does not fit the present state.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'The request is understood but cannot be done as it is.',
  429: 'Too many requests; see Retry-After.',
  500: 'A fault of this service.',
  503: 'Not available just now; see Retry-After.',
}

/** Response entries for the problems a route may answer with. Every route may answer 500 and 503. */
export function problems(...statuses: number[]): Record<number, object> {
  return Object.fromEntries(
    [...new Set([...statuses, 500, 503])].map((status) => [
      status,
      {
        description: problemTexts[status] ?? 'A problem.',
        content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
      },
    ]),
  )
}

/** The query of a list: how many, and where the page before ended. */
export const paging = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: '`nextCursor` of the page before.' }),
  ),
}

/** `{data, nextCursor, hasMore}` */
export const pageOf = (ref: string, description: string) =>
  Type.Object(
    {
      data: Type.Array(Type.Unsafe<object>({ $ref: `${ref}#` })),
      nextCursor: nullable(
        Type.String({ description: 'Pass as `cursor` for the next page; null on the last.' }),
      ),
      hasMore: Type.Boolean(),
    },
    { description, additionalProperties: false },
  )
