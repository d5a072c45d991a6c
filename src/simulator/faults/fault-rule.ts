/** What callers may set in the fault plan: standing rules and the random mode, both validated first. */

import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isFaultName } from './catalogue.ts'

export const FaultRuleSchema = Type.Object(
  {
    fault: Type.String(),
    /** How many submits it is attached to; absent = all, until cleared. */
    times: Type.Optional(Type.Integer({ minimum: 1 })),
    /** How often it strikes for one request; absent = the default of the fault's table. */
    repeat: Type.Optional(Type.Integer({ minimum: 1 })),
    value: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    match: Type.Optional(
      Type.Object(
        {
          endpoint: Type.Optional(Type.String()),
          /** Text found anywhere in the input's JSON. */
          prompt: Type.Optional(Type.String()),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
)

export const RandomModeSchema = Type.Object(
  {
    /** Share of submits that get a fault, 0 to 1. */
    rate: Type.Number({ minimum: 0, maximum: 1 }),
    /** Only these faults; absent = every fault that a correct client survives. */
    only: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
)

export type FaultRule = Static<typeof FaultRuleSchema>
export type RandomMode = Static<typeof RandomModeSchema>

/** @throws TypeError that lists every problem */
export function checkFaultRule(value: unknown): FaultRule {
  if (!Value.Check(FaultRuleSchema, value)) {
    const problems = [...Value.Errors(FaultRuleSchema, value)].map((e) => `${e.path || '/'}: ${e.message}`)
    throw new TypeError(`Not a fault rule. ${problems.join('; ')}`)
  }
  if (!isFaultName(value.fault)) throw new TypeError(`Unknown fault: ${value.fault}`)
  return value
}
