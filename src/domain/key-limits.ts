/** What one API key may at most do: the limits as they are stored and shown. No member, no limit. */
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const limitableKinds = ['image', 'video', 'audio', 'unknown'] as const

/** A million dollars in micro-USD: PostgreSQL could not add up amounts without a bound. */
const mostMicros = 1_000_000_000_000
const mostCount = 1_000_000

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
      Type.Integer({
        minimum: 0,
        maximum: mostMicros,
        description: 'Most that one job may cost, in micro-USD.',
      }),
    ),
    maxCostMicrosPerMonth: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: mostMicros,
        description: 'Most that all jobs of a UTC month may cost, in micro-USD.',
      }),
    ),
    ratePerSecond: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: mostCount,
        description: 'Requests a second; overrides the service’s own limit.',
      }),
    ),
    maxJobsInFlight: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: mostCount,
        description: 'Most jobs that may be pending or running at once.',
      }),
    ),
  },
  { additionalProperties: false },
)

export type KeyLimits = Static<typeof keyLimitsSchema>

/** Reads stored limits. Throws on anything else: an unreadable limit must not count as no limit. */
export function readKeyLimits(stored: unknown): KeyLimits {
  const limits = isRecord(stored) ? bounded(stored) : stored
  if (Value.Check(keyLimitsSchema, limits)) return limits
  throw new TypeError('the limits of an API key are not readable')
}

/** Limits of versions that had no largest amount are read as the largest one. */
function bounded(stored: Record<string, unknown>): Record<string, unknown> {
  const largest = new Map(
    Object.entries(keyLimitsSchema.properties).map(([name, { maximum }]) => [name, maximum]),
  )
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => {
      const most: unknown = largest.get(name)
      return [name, typeof most === 'number' && typeof value === 'number' ? Math.min(value, most) : value]
    }),
  )
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
