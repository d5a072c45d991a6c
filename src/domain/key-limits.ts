/** What one API key may at most do: the limits as they are stored and shown. No member, no limit. */
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const limitableKinds = ['image', 'video', 'audio', 'unknown'] as const

export const keyLimitsSchema = Type.Object(
  {
    models: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
        maxItems: 1000,
        description: 'Only these models: aliases or FAL endpoint ids.',
      }),
    ),
    kinds: Type.Optional(
      Type.Array(Type.Union(limitableKinds.map((kind) => Type.Literal(kind))), {
        description: 'Only models of these kinds; `unknown` stands for endpoints outside the catalogue.',
      }),
    ),
    maxCostMicrosPerJob: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Most that one job may cost, in micro-USD.' }),
    ),
    maxCostMicrosPerMonth: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Most that all jobs of a UTC month may cost, in micro-USD.' }),
    ),
    ratePerSecond: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'Requests a second; overrides the service’s own limit.',
      }),
    ),
    maxJobsInFlight: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Most jobs that may be pending or running at once.' }),
    ),
  },
  { additionalProperties: false },
)

export type KeyLimits = Static<typeof keyLimitsSchema>

/** Reads stored limits. Throws on anything else: an unreadable limit must not count as no limit. */
export function readKeyLimits(stored: unknown): KeyLimits {
  if (Value.Check(keyLimitsSchema, stored)) return stored
  throw new TypeError('the limits of an API key are not readable')
}
