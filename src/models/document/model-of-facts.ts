/**
 * From the facts of FAL's document to the model that validation, input building, JSON Schema and view work with. Pure.
 * Invariant: what passes the model's rules passes FAL's schema, and what FAL's schema says that no rule can express
 * passes unchecked.
 */
import type { KnownModel, Parameter } from '../catalogue/entry.ts'
import { checkParameter } from '../values/check-value.ts'
import { createFindings, inputPlace } from '../values/findings.ts'
import { durationRole } from './duration-role.ts'
import { fileRoles } from './file-roles.ts'
import type { ModelFacts } from './model-facts.ts'
import { outputOfFacts } from './output-of-facts.ts'
import { resolveSchema } from './resolve-schema.ts'
import { plainRoles } from './roles.ts'
import { type ReadScope, readFields, readRest } from './value-rule.ts'

/** Rules of one model beyond which the rest of its fields pass unchecked. */
const mostRules = 4_000

/** `asOf` is the ISO date on which the document was read. */
export function modelOfFacts(facts: ModelFacts, asOf: string): KnownModel {
  const { endpointId, category } = facts
  const scope: ReadScope = { schemas: facts.schemas, trail: [], budget: { rules: mostRules }, depth: 0 }
  const resolved = resolveSchema(facts.input, scope)
  const inside = { ...scope, trail: resolved?.scope.trail ?? [] }
  const fields = resolved === null ? [] : readFields(resolved.schema, inside).map(withFittingDefault)
  const rest = resolved === null ? { type: 'any' as const } : readRest(resolved.schema, inside)
  const duration = durationRole(fields)
  const bound = new Map([...plainRoles(fields), ...fileRoles(fields)])
  if (duration !== null) bound.set(duration.field, duration.bound)
  return {
    alias: endpointId,
    synonyms: [],
    endpointId,
    title: endpointId,
    family: endpointId.split('/')[1] ?? endpointId,
    task: category ?? 'unknown',
    availability: 'listed',
    ...outputOfFacts(facts),
    parameters: fields.map((field) => ({ ...field, ...bound.get(field.field) })),
    ...(rest === undefined ? {} : { otherFields: rest }),
    ...(duration?.frameRate === undefined ? {} : { frameRate: duration.frameRate }),
    price: null,
    asOf,
  }
}

/** A default that FAL's own schema refuses says nothing of what FAL does. */
function withFittingDefault(parameter: Parameter): Parameter {
  if (parameter.default === undefined) return parameter
  const findings = createFindings()
  const accepted = checkParameter(parameter, parameter.default, inputPlace(parameter.field), findings)
  if (accepted !== null && findings.warnings.length === 0) return parameter
  const { default: _, ...rest } = parameter
  return rest
}
