/** Fields of one request that must agree: a length only some resolutions have, two ways to say the same. */
import type { FalInput } from './binding.ts'
import type { Constraint } from './catalogue/entry.ts'
import type { CompiledModel } from './compiled-model.ts'
import { type Findings, inputPlace, type Place, paramPlace, refuse } from './values/findings.ts'

/** The values that the caller determined, by FAL field. */
interface Settled {
  /** What goes to FAL. */
  readonly sent: FalInput
  /** Fields already refused, which are skipped. */
  readonly refused: ReadonlySet<string>
  /** Fields that came from a normalized parameter; the others came from `input`. */
  readonly named: ReadonlySet<string>
}

/** `full` is what is sent, over FAL's defaults. */
export function checkConstraints(
  compiled: CompiledModel,
  settled: Settled,
  full: FalInput,
  findings: Findings,
): void {
  for (const constraint of compiled.entry.constraints ?? []) {
    if ('oneOf' in constraint) checkOneOf(compiled, constraint, settled, findings)
    else if (!settled.refused.has(constraint.field)) checkPair(compiled, constraint, settled, full, findings)
  }
}

/** Whether FAL's default of an unsent field does not hold, since another field that says the same is sent. */
export function isOverridden({ entry }: CompiledModel, field: string, sent: FalInput): boolean {
  const isSent = (name: string) => sent[name] !== undefined && sent[name] !== null
  if (isSent(field)) return false
  return (entry.constraints ?? []).some(
    (constraint) =>
      'oneOf' in constraint && constraint.oneOf.includes(field) && constraint.oneOf.some(isSent),
  )
}

function checkOneOf(
  compiled: CompiledModel,
  constraint: Extract<Constraint, { oneOf: readonly string[] }>,
  settled: Settled,
  findings: Findings,
): void {
  const { sent } = settled
  const given = constraint.oneOf.filter((field) => sent[field] !== undefined && sent[field] !== null)
  const [first] = given
  if (first === undefined || given.length < 2) return
  const message = `Only one of ${given.join(' and ')} can be sent: ${constraint.reason}.`
  refuse(findings, placeOf(compiled, settled, first), 'contradiction', message)
}

function checkPair(
  compiled: CompiledModel,
  constraint: Extract<Constraint, { field: string }>,
  settled: Settled,
  full: FalInput,
  findings: Findings,
): void {
  const { when, field, allowed } = constraint
  const applies = Object.entries(when).every(([name, value]) => full[name] === value)
  if (!applies || allowed.some((value) => value === full[field])) return
  const values = allowed.map((value) => shown(compiled, settled, field, value, full))
  const condition = Object.entries(when).map(([name, value]) => `${name} ${value}`)
  const message = `With ${condition.join(' and ')} it must be ${values.join(' or ')}.`
  refuse(findings, placeOf(compiled, settled, field), 'contradiction', message, values)
}

/** The name under which the caller gave the field, or would give it. */
function placeOf(compiled: CompiledModel, settled: Settled, field: string): Place {
  const param = compiled.fields.get(field)?.param
  return param === undefined || isFromInput(settled, field) ? inputPlace(field) : paramPlace(param)
}

/** A value in the caller's terms: 5 seconds rather than "5". */
function shown(
  compiled: CompiledModel,
  settled: Settled,
  field: string,
  value: string,
  full: FalInput,
): string | number {
  const param = compiled.fields.get(field)?.param
  if (param === undefined || isFromInput(settled, field)) return value
  const decoded = compiled.bindings.get(param)?.decode(value, full)
  return typeof decoded === 'number' ? decoded : value
}

function isFromInput(settled: Settled, field: string): boolean {
  return Object.hasOwn(settled.sent, field) && !settled.named.has(field)
}
