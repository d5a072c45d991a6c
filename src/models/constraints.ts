/** Fields of one request that must agree: a length only some resolutions have, two ways to say the same. */
import type { FalInput } from './binding.ts'
import type { CompiledModel } from './compiled-model.ts'
import type { Constraint } from './entry.ts'
import { type Findings, inputPlace, type Place, paramPlace, refuse } from './findings.ts'

/** `sent` are the fields that go to FAL, `full` the same over FAL's defaults; fields already refused are left alone. */
export function checkConstraints(
  compiled: CompiledModel,
  refused: ReadonlySet<string>,
  sent: FalInput,
  full: FalInput,
  findings: Findings,
): void {
  for (const constraint of compiled.entry.constraints ?? []) {
    if ('oneOf' in constraint) checkOneOf(compiled, constraint, sent, findings)
    else if (!refused.has(constraint.field)) checkPair(compiled, constraint, full, findings)
  }
}

function checkOneOf(
  compiled: CompiledModel,
  constraint: Extract<Constraint, { oneOf: readonly string[] }>,
  sent: FalInput,
  findings: Findings,
): void {
  const given = constraint.oneOf.filter((field) => sent[field] !== undefined && sent[field] !== null)
  const [first] = given
  if (first === undefined || given.length < 2) return
  const message = `Only one of ${given.join(' and ')} can be sent: ${constraint.reason}.`
  refuse(findings, placeOf(compiled, first), 'contradiction', message)
}

function checkPair(
  compiled: CompiledModel,
  constraint: Extract<Constraint, { field: string }>,
  full: FalInput,
  findings: Findings,
): void {
  const { when, field, allowed } = constraint
  const applies = Object.entries(when).every(([name, value]) => full[name] === value)
  if (!applies || allowed.some((value) => value === full[field])) return
  const binding = bindingOf(compiled, field)
  const condition = Object.entries(when).map(([name, value]) => `${name} ${value}`)
  // Allowed values in the caller's terms: 5 seconds rather than "5".
  const shown = allowed.map((value) => binding?.decode(value, full) ?? value)
  const values = shown.filter((value) => typeof value === 'string' || typeof value === 'number')
  const message = `With ${condition.join(' and ')} it must be ${values.join(' or ')}.`
  refuse(findings, placeOf(compiled, field), 'contradiction', message, values)
}

function placeOf(compiled: CompiledModel, field: string): Place {
  const param = compiled.fields.get(field)?.param
  return param === undefined ? inputPlace(field) : paramPlace(param)
}

function bindingOf(compiled: CompiledModel, field: string) {
  const param = compiled.fields.get(field)?.param
  return param === undefined ? undefined : compiled.bindings.get(param)
}
