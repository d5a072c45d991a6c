/**
 * A second opinion on FAL inputs, written apart from the code under test: the fields of an entry read as FAL's own
 * validation reads its schema. Answers the complaints, none when FAL would accept.
 */
import type { ModelEntry, Parameter, ValueRule } from '../../src/models/catalogue/entry.ts'

export function falComplaints(entry: ModelEntry, input: Record<string, unknown>): string[] {
  const complaints = membersComplaints(entry.parameters, input, entry.alias)
  for (const constraint of entry.constraints ?? []) {
    if ('oneOf' in constraint) {
      if (constraint.oneOf.every((field) => field in input && input[field] !== null)) {
        complaints.push(`${constraint.oneOf.join(' and ')} together`)
      }
      continue
    }
    const settled = (field: string) =>
      input[field] ?? entry.parameters.find((p) => p.field === field)?.default
    const applies = Object.entries(constraint.when).every(([field, value]) => settled(field) === value)
    if (applies && !constraint.allowed.includes(String(settled(constraint.field)))) {
      complaints.push(`${constraint.field} with ${JSON.stringify(constraint.when)}`)
    }
  }
  return complaints
}

function membersComplaints(
  fields: readonly Parameter[],
  object: Record<string, unknown>,
  path: string,
): string[] {
  const unknown = Object.keys(object).filter((key) => !fields.some((field) => field.field === key))
  return [
    ...unknown.map((key) => `${path}.${key} is unknown`),
    ...fields.flatMap((field) => {
      const value = object[field.field]
      if (value === undefined) return field.required === true ? [`${path}.${field.field} is missing`] : []
      if (value === null && field.nullable === true) return []
      return complaintsOf(field, value, `${path}.${field.field}`)
    }),
  ]
}

function complaintsOf(rule: ValueRule, value: unknown, path: string): string[] {
  const bad = [`${path} is ${JSON.stringify(value)}`]
  if (rule.type === 'boolean') return typeof value === 'boolean' ? [] : bad
  if (rule.type === 'string') {
    if (typeof value !== 'string') return bad
    if (rule.allowed !== undefined && rule.open !== true) return rule.allowed.includes(value) ? [] : bad
    const length = [...value].length
    return length < (rule.minLength ?? 0) || length > (rule.maxLength ?? Infinity) ? bad : []
  }
  if (rule.type === 'integer' || rule.type === 'number') {
    if (typeof value !== 'number' || (rule.type === 'integer' && !Number.isInteger(value))) return bad
    if (rule.allowed !== undefined) return rule.allowed.includes(value) ? [] : bad
    const inside = value >= (rule.min ?? -Infinity) && value <= (rule.max ?? Infinity)
    const steps = (value - (rule.min ?? 0)) / (rule.step ?? 1)
    const onStep = rule.step === undefined || Math.abs(steps - Math.round(steps)) < 1e-6
    return inside && value > (rule.above ?? -Infinity) && onStep ? [] : bad
  }
  if (rule.type === 'size') {
    if (typeof value === 'string') return rule.allowed.includes(value) ? [] : bad
    const side = { type: 'integer', min: 1, max: 14142 } as const
    const size = asObject(value)
    if (size === null) return bad
    const { width = 512, height = 512 } = size
    const pixels = Number(width) * Number(height)
    if (pixels < (rule.minPixels ?? 0) || pixels > (rule.maxPixels ?? Infinity)) return bad
    return membersComplaints(
      [
        { field: 'width', ...side },
        { field: 'height', ...side },
      ],
      size,
      path,
    )
  }
  if (rule.type === 'array') {
    if (!Array.isArray(value) || value.length > (rule.maxItems ?? Infinity)) return bad
    return value.flatMap((item, index) => complaintsOf(rule.items, item, `${path}.${index}`))
  }
  const object = asObject(value)
  if (object === null || rule.type !== 'object') return bad
  return rule.fields === undefined ? [] : membersComplaints(rule.fields, object, path)
}

function asObject(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return Object.fromEntries(Object.entries(value))
}
