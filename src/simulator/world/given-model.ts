/** A model that a test, a script or a folder of documents gives the simulator, beside those it knows. */
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

export const GivenModelSchema = Type.Object(
  {
    endpointId: Type.String({ pattern: '^[^/ ]+(/[^/ ]+)+$', maxLength: 200 }),
    /** As FAL publishes it; absent: the endpoint exists without a document. */
    openapi: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    title: Type.Optional(Type.String()),
    category: Type.Optional(Type.String()),
    status: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('deprecated')])),
    /** FAL's list does not name it; its web host describes it all the same. */
    unlisted: Type.Optional(Type.Boolean()),
    updatedAt: Type.Optional(Type.String()),
    /** USD, and what it buys. */
    unitPrice: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    unit: Type.Optional(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
)

export type GivenModel = Static<typeof GivenModelSchema>

/** @throws TypeError that lists every problem */
export function checkGivenModel(value: unknown): GivenModel {
  if (Value.Check(GivenModelSchema, value)) return value
  const problems = [...Value.Errors(GivenModelSchema, value)].map((e) => `${e.path || '/'}: ${e.message}`)
  throw new TypeError(`Not a model. ${problems.join('; ')}`)
}
