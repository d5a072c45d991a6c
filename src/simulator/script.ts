/** The script: settings, standing faults and the random mode, as one JSON document that is checked as a whole. */

import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { isFaultName } from './faults/catalogue.ts'
import { FaultRuleSchema, RandomModeSchema } from './faults/fault-rule.ts'
import { GivenModelSchema } from './world/given-model.ts'
import { SettingsSchema } from './world/settings.ts'

const SimulatorScriptSchema = Type.Object(
  {
    settings: Type.Optional(Type.Partial(SettingsSchema)),
    faults: Type.Optional(Type.Array(FaultRuleSchema)),
    random: Type.Optional(RandomModeSchema),
    models: Type.Optional(Type.Array(GivenModelSchema)),
  },
  { additionalProperties: false },
)

export type SimulatorScript = Static<typeof SimulatorScriptSchema>

/**
 * Checks a script from outside.
 * @throws TypeError that lists every problem
 */
export function checkScript(value: unknown): SimulatorScript {
  if (!Value.Check(SimulatorScriptSchema, value)) {
    const problems = [...Value.Errors(SimulatorScriptSchema, value)].map(
      (e) => `${e.path || '/'}: ${e.message}`,
    )
    throw new TypeError(`Not a simulator script. ${problems.join('; ')}`)
  }
  const names = [...(value.faults ?? []).map((rule) => rule.fault), ...(value.random?.only ?? [])]
  const unknown = names.filter((name) => !isFaultName(name))
  if (unknown.length > 0) throw new TypeError(`Unknown faults: ${unknown.join(', ')}`)
  return value
}
