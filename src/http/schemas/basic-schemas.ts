/** Basic schemas shared by all routes, and the functions that build them. */
import { type Static, type TSchema, type TUnsafe, Type } from '@sinclair/typebox'

/** `type: [t, "null"]`: the form that OpenAPI 3.1 and the serializer both support. */
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

/** The schema with an example of what it describes. */
export const withExample = <S extends TSchema>(schema: S, example: unknown): S => ({
  ...schema,
  examples: [example],
})

export const time = (description: string) => Type.String({ format: 'date-time', description })

export const idOf = (prefix: string, description: string) =>
  Type.String({
    pattern: `^${prefix}_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`,
    description,
    examples: [`${prefix}_01999999-9999-7999-8999-999999999999`],
  })

export const micros = (description: string) => Type.Integer({ description: `${description} In micro-USD.` })

export const idempotencyKey = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 255, description }))

export const pageLimit = (fallback: number) =>
  Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: fallback, description: 'Entries on a page.' }),
  )

/** The paging query of a list. */
export const paging = {
  limit: pageLimit(20),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 200, description: '`nextCursor` of the previous page.' }),
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
