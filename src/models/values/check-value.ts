/**
 * Holds one value against what FAL accepts there. Numbers are normalized with a warning; anything else that does not
 * fit is an error with its pointer and the allowed values.
 */

import type { FieldError } from '../../domain/errors.ts'
import { pixelsOfSize } from '../../domain/media/image-size.ts'
import type {
  ChoiceRule,
  ListRule,
  ObjectRule,
  Parameter,
  SizeRule,
  UnionRule,
  ValueRule,
} from '../catalogue/entry.ts'
import { checkFreeTexts, checkListed, checkText } from './check-text.ts'
import {
  checkExact,
  createFindings,
  type Findings,
  type Place,
  placeWithin,
  refuse,
  tooBig,
  warn,
} from './findings.ts'
import { nearest, normalizeNumber } from './number-limits.ts'
import { inWords, listedValues } from './rule-words.ts'
import { sidesOf } from './size.ts'

/** A value FAL accepts. */
export interface AcceptedValue {
  readonly value: unknown
}

/** @returns the value to send, or null when it was refused (the findings then say why). */
export function checkValue(
  rule: ValueRule,
  value: unknown,
  at: Place,
  findings: Findings,
): AcceptedValue | null {
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
      const normalized = normalizeNumber(rule, value)
      if (rule.type === 'integer' && !Number.isSafeInteger(normalized.value)) return tooBig(at, findings)
      if (normalized.reason !== null) warn(findings, at, value, normalized.value, normalized.reason)
      return { value: normalized.value }
    }
    case 'size':
      return checkSize(rule, value, at, findings)
    case 'array':
      return checkList(rule, value, at, findings)
    case 'object':
      return isRecord(value) ? checkObject(rule, value, at, findings) : wrongType('object', at, findings)
    case 'choice':
      return checkChoice(rule, value, at, findings)
    case 'union':
      return checkUnion(rule, value, at, findings)
    case 'any':
      return checkExact(value, at, findings) && checkFreeTexts(value, at, findings) ? { value } : null
  }
}

/** The same for a field, which may also be null. */
export function checkParameter(
  parameter: ValueRule & Pick<Parameter, 'nullable'>,
  value: unknown,
  at: Place,
  findings: Findings,
): AcceptedValue | null {
  if (value === null && parameter.nullable === true) return { value }
  return checkValue(parameter, value, at, findings)
}

/** The same, but what would be normalized is refused. */
export function checkAsIs(
  ...[parameter, value, at, findings]: Parameters<typeof checkParameter>
): AcceptedValue | null {
  const own = createFindings()
  const accepted = checkParameter(parameter, value, at, own)
  findings.errors.push(...own.errors)
  for (const { from, reason } of own.warnings) {
    refuse(findings, at, 'out_of_range', `${JSON.stringify(from)} is not accepted: ${reason}.`)
  }
  return own.warnings.length > 0 ? null : accepted
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function checkSize(rule: SizeRule, value: unknown, at: Place, findings: Findings): AcceptedValue | null {
  if (typeof value === 'string') return checkListed(rule.allowed, value, at, findings)
  if (!isRecord(value)) return wrongType('size name or {width, height}', at, findings, rule.allowed)
  const size = checkObject({ type: 'object', fields: sidesOf(rule) }, value, at, findings)
  if (size === null) return null
  const pixels = pixelsOfSize(size.value) ?? 0
  if (pixels < (rule.minPixels ?? 0) || pixels > (rule.maxPixels ?? Infinity)) {
    const range = `${rule.minPixels ?? 1} to ${rule.maxPixels ?? 'any number of'}`
    return refuse(findings, at, 'out_of_range', `Width times height must be ${range} pixels.`)
  }
  return size
}

function checkList(rule: ListRule, value: unknown, at: Place, findings: Findings): AcceptedValue | null {
  if (!Array.isArray(value)) return wrongType('list', at, findings)
  if (rule.maxItems !== undefined && value.length > rule.maxItems) {
    return refuse(findings, at, 'too_many', `Must have at most ${rule.maxItems} items.`)
  }
  const holdsFiles = rule.items.type === 'string' && rule.items.media !== undefined
  const least = rule.minItems ?? (holdsFiles ? 1 : 0)
  if (value.length < least) {
    const message =
      holdsFiles && least === 1 ? 'Must name at least one file.' : `Must have at least ${least} items.`
    return refuse(findings, at, 'too_few', message)
  }
  const items = value.map((item, index) =>
    checkValue(rule.prefix?.[index] ?? rule.items, item, placeWithin(at, index), findings),
  )
  const accepted = items.filter((item) => item !== null)
  return accepted.length === items.length ? { value: accepted.map((item) => item.value) } : null
}

function checkObject(
  rule: ObjectRule,
  value: Record<string, unknown>,
  at: Place,
  findings: Findings,
): AcceptedValue | null {
  const { fields, rest } = rule
  if (fields === undefined)
    return checkExact(value, at, findings) && checkFreeTexts(value, at, findings) ? { value } : null
  const errorsBefore = findings.errors.length
  const names = new Set(fields.map((field) => field.field))
  const checked: [string, unknown][] = []
  for (const [name, member] of Object.entries(value)) {
    if (names.has(name)) continue
    const place = placeWithin(at, name)
    const accepted =
      rest === undefined
        ? refuse(findings, place, 'unknown_field', 'FAL knows no such field here.', [...names])
        : checkValue(rest, member, place, findings)
    if (accepted !== null) checked.push([name, accepted.value])
  }
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

function checkChoice(rule: ChoiceRule, value: unknown, at: Place, findings: Findings): AcceptedValue | null {
  if (rule.allowed.some((known) => known === value)) return { value }
  const numbers = rule.allowed.filter((known) => typeof known === 'number')
  if (typeof value === 'number' && Number.isFinite(value) && numbers.length > 0) {
    const normalized = nearest(numbers, value)
    warn(findings, at, value, normalized, `nearest of ${numbers.join(', ')}`)
    return { value: normalized }
  }
  const texts = rule.allowed.filter((known) => typeof known === 'string')
  if (typeof value === 'string' && numbers.length === 0) return checkListed(texts, value, at, findings)
  const values = rule.allowed.filter((known) => known !== null)
  return refuse(findings, at, 'not_allowed', `Must be one of ${rule.allowed.join(', ')}.`, values)
}

/**
 * The option that accepts the value unchanged, else the first that normalizes it, else the errors of the closest one.
 */
function checkUnion(rule: UnionRule, value: unknown, at: Place, findings: Findings): AcceptedValue | null {
  const trials = rule.options.map((option) => {
    const own = createFindings()
    return { option, own, accepted: checkValue(option, value, at, own) }
  })
  const fitting = trials.filter(({ accepted }) => accepted !== null)
  const chosen = fitting.find(({ own }) => own.warnings.length === 0) ?? fitting[0]
  if (chosen !== undefined) {
    findings.warnings.push(...chosen.own.warnings)
    return chosen.accepted
  }
  const isOfAnotherType = ({ pointer, code }: FieldError) => pointer === at.pointer && code === 'wrong_type'
  const inside = trials.find(
    ({ option: { type }, own }) =>
      (type === 'object' || type === 'array') && !own.errors.some(isOfAnotherType),
  )
  if (inside === undefined) {
    const code = trials.every(({ own }) => own.errors.some(isOfAnotherType)) ? 'wrong_type' : 'not_allowed'
    return refuse(findings, at, code, `Must be ${inWords(rule)}.`, listedValues(rule))
  }
  findings.errors.push(...inside.own.errors)
  return null
}

/**
 * Fields that FAL takes from any model and that would break a promise of this service: another model that is charged,
 * or links that FAL does not keep. null: refused; undefined: an ordinary field of the model.
 */
export function checkReserved(
  field: string,
  value: unknown,
  at: Place,
  findings: Findings,
): { value: unknown } | null | undefined {
  if (/^fal_fallback/.test(field)) {
    const message = 'FAL would run, and charge, another model when this one fails; that cannot be priced yet.'
    return refuse(findings, at, 'unsupported', message)
  }
  if (field === 'return_byteplus_urls' && value === true) {
    warn(findings, at, true, false, 'links on that host end after a day; FAL keeps the files instead')
    return { value: false }
  }
  return undefined
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
