/**
 * Holds one value against what FAL accepts there. Numbers are mended with a warning; anything else that does not fit is
 * an error with its pointer and the values that would do.
 */
import { pixelsOfSize } from '../domain/media/image-size.ts'
import { assetProblem } from './asset-url.ts'
import type { ListRule, ObjectRule, Parameter, SizeRule, TextRule, ValueRule } from './catalogue/entry.ts'
import { type Findings, type Place, placeWithin, refuse, warn } from './findings.ts'
import { normalizeNumber } from './number-limits.ts'
import { sideRule } from './size.ts'

/** A value FAL accepts. */
export interface Accepted {
  readonly value: unknown
}

/** @returns the value to send, or null when it was refused (the findings then say why). */
export function checkValue(rule: ValueRule, value: unknown, at: Place, findings: Findings): Accepted | null {
  switch (rule.type) {
    case 'string':
      return typeof value === 'string'
        ? checkText(rule, value, at, findings)
        : wrongType('string', at, findings)
    case 'boolean':
      return typeof value === 'boolean' ? { value } : wrongType('boolean', at, findings)
    case 'integer':
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value))
        return wrongType(rule.type, at, findings, rule.allowed)
      const mended = normalizeNumber(rule, value)
      if (rule.type === 'integer' && !Number.isSafeInteger(mended.value)) return tooBig(at, findings)
      if (mended.reason !== null) warn(findings, at, value, mended.value, mended.reason)
      return { value: mended.value }
    }
    case 'size':
      return checkSize(rule, value, at, findings)
    case 'array':
      return checkList(rule, value, at, findings)
    case 'object':
      return isRecord(value) ? checkObject(rule, value, at, findings) : wrongType('object', at, findings)
  }
}

/** The same for a field, which may also be null. */
export function checkParameter(
  parameter: Parameter,
  value: unknown,
  at: Place,
  findings: Findings,
): Accepted | null {
  if (value === null && parameter.nullable === true) return { value }
  return checkValue(parameter, value, at, findings)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkText(rule: TextRule, value: string, at: Place, findings: Findings): Accepted | null {
  if (rule.media !== undefined) {
    const problem = assetProblem(value, rule.media)
    return problem === null ? { value } : refuse(findings, at, problem.code, problem.message)
  }
  if (rule.allowed !== undefined && rule.open !== true && !rule.allowed.includes(value)) {
    const spelled = rule.allowed.find((known) => known.toLowerCase() === value.toLowerCase())
    if (spelled === undefined) {
      return refuse(findings, at, 'not_allowed', `Must be one of ${rule.allowed.join(', ')}.`, rule.allowed)
    }
    warn(findings, at, value, spelled, 'the model spells it so')
    return { value: spelled }
  }
  if (rule.maxLength !== undefined && value.length > rule.maxLength && characters(value) > rule.maxLength) {
    return refuse(findings, at, 'too_long', `Must have at most ${rule.maxLength} characters.`)
  }
  if (rule.minLength !== undefined && characters(value) < rule.minLength) {
    return refuse(findings, at, 'too_short', `Must have at least ${rule.minLength} characters.`)
  }
  return { value }
}

function checkSize(rule: SizeRule, value: unknown, at: Place, findings: Findings): Accepted | null {
  if (typeof value === 'string')
    return checkText({ type: 'string', allowed: rule.allowed }, value, at, findings)
  if (!isRecord(value)) return wrongType('size name or {width, height}', at, findings, rule.allowed)
  const size = checkObject({ type: 'object', fields: sides }, value, at, findings)
  if (size === null) return null
  const pixels = pixelsOfSize(size.value) ?? 0
  if (pixels < (rule.minPixels ?? 0) || pixels > (rule.maxPixels ?? Infinity)) {
    const range = `${rule.minPixels ?? 1} to ${rule.maxPixels ?? 'any number of'}`
    return refuse(findings, at, 'out_of_range', `Width times height must be ${range} pixels.`)
  }
  return size
}

const sides: readonly Parameter[] = [
  { field: 'width', ...sideRule },
  { field: 'height', ...sideRule },
]

function checkList(rule: ListRule, value: unknown, at: Place, findings: Findings): Accepted | null {
  if (!Array.isArray(value)) return wrongType('list', at, findings)
  if (rule.maxItems !== undefined && value.length > rule.maxItems) {
    return refuse(findings, at, 'too_many', `Must have at most ${rule.maxItems} items.`)
  }
  if (value.length === 0 && rule.items.type === 'string' && rule.items.media !== undefined) {
    return refuse(findings, at, 'too_few', 'Must name at least one file.')
  }
  const items = value.map((item, index) => checkValue(rule.items, item, placeWithin(at, index), findings))
  const accepted = items.filter((item) => item !== null)
  return accepted.length === items.length ? { value: accepted.map((item) => item.value) } : null
}

function checkObject(
  rule: ObjectRule,
  value: Record<string, unknown>,
  at: Place,
  findings: Findings,
): Accepted | null {
  const { fields } = rule
  if (fields === undefined) return { value }
  const errorsBefore = findings.errors.length
  const names = fields.map((field) => field.field)
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue
    refuse(findings, placeWithin(at, name), 'unknown_field', 'FAL knows no such field here.', names)
  }
  const checked: [string, unknown][] = []
  for (const field of fields) {
    const place = placeWithin(at, field.field)
    const member = Object.hasOwn(value, field.field) ? value[field.field] : undefined
    if (member === undefined) {
      if (field.required === true) refuse(findings, place, 'required', 'Is required.')
      continue
    }
    const accepted = checkParameter(field, member, place, findings)
    if (accepted !== null) checked.push([field.field, accepted.value])
  }
  return findings.errors.length === errorsBefore ? { value: Object.fromEntries(checked) } : null
}

function wrongType(
  type: string,
  at: Place,
  findings: Findings,
  allowed?: readonly (string | number | boolean)[],
): null {
  const article = /^[aeiou]/.test(type) ? 'an' : 'a'
  return refuse(findings, at, 'wrong_type', `Must be ${article} ${type}.`, allowed)
}

/** Beyond 2^53 a number has lost digits when it is read: what FAL would be sent is not what was asked. */
export function tooBig(at: Place, findings: Findings): null {
  return refuse(findings, at, 'wrong_type', 'Must be a whole number between -(2^53 - 1) and 2^53 - 1.')
}

/** Characters as FAL's validator counts them: code points. */
function characters(text: string): number {
  return [...text].length
}
