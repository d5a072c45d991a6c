/** Rules of texts, numbers and lists of values, from the keywords of a schema; limits that contradict each other are left out. */
import type { ChoiceRule, Json, NumberRule, TextRule } from '../catalogue/entry.ts'
import { isUsablePattern } from '../values/check-text.ts'
import type { Schema } from './model-facts.ts'

export function choiceOf(allowed: ChoiceRule['allowed']): ChoiceRule {
  return { type: 'choice', allowed }
}

export function textRule(schema: Schema): TextRule {
  const minLength = numberOf(schema.minLength)
  const maxLength = numberOf(schema.maxLength)
  const limits = {
    ...(minLength === undefined || minLength <= 0 ? {} : { minLength }),
    ...(maxLength === undefined || maxLength < (minLength ?? 0) ? {} : { maxLength }),
  }
  const listed = textsOf(schema.enum)
  if (listed !== undefined) return { type: 'string', allowed: listed }
  const { pattern } = schema
  const shape = typeof pattern === 'string' && isUsablePattern(pattern) ? { pattern } : {}
  const suggested = textsOf(schema.examples)
  const open = suggested === undefined ? {} : { allowed: suggested, open: true }
  return { type: 'string', ...open, ...limits, ...shape }
}

export function numberRule(schema: Schema, type: NumberRule['type']): NumberRule {
  const range = rangeOf(schema, type)
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = range
  const isInside = (value: number) => value >= min && value <= max && value > above && value < below
  if (Array.isArray(schema.enum)) {
    const numbers = schema.enum.filter((value) => typeof value === 'number')
    const inside = numbers.filter(isInside)
    return { type, allowed: inside.length === 0 ? numbers : inside }
  }
  if (min > max || above >= below || min >= below || max <= above) return { type }
  const multipleOf = numberOf(schema.multipleOf)
  // A finer step than a millionth is below the precision of a double.
  if (
    multipleOf === undefined ||
    multipleOf < 1e-6 ||
    (type === 'integer' && !Number.isInteger(multipleOf))
  ) {
    return { type, ...range }
  }
  const least = Math.ceil(Math.max(min, above) / multipleOf) * multipleOf
  const hasMultiple = !Number.isFinite(least) || isInside(least) || isInside(least + multipleOf)
  return { type, ...range, ...(hasMultiple ? { multipleOf } : {}) }
}

/** `exclusiveMinimum` is a number in newer documents, and a flag beside `minimum` in older ones. */
function rangeOf(
  schema: Schema,
  type: NumberRule['type'],
): Pick<NumberRule, 'min' | 'max' | 'above' | 'below'> {
  const [minimum, maximum] = [numberOf(schema.minimum), numberOf(schema.maximum)]
  const above = schema.exclusiveMinimum === true ? minimum : numberOf(schema.exclusiveMinimum)
  const below = schema.exclusiveMaximum === true ? maximum : numberOf(schema.exclusiveMaximum)
  const min = schema.exclusiveMinimum === true ? undefined : minimum
  const max = schema.exclusiveMaximum === true ? undefined : maximum
  const whole = type === 'integer'
  return {
    ...(min === undefined ? {} : { min: whole ? Math.ceil(min) : min }),
    ...(max === undefined ? {} : { max: whole ? Math.floor(max) : max }),
    ...(above === undefined ? {} : { above: whole ? Math.floor(above) : above }),
    ...(below === undefined ? {} : { below: whole ? Math.ceil(below) : below }),
  }
}

function textsOf(values: Json | undefined): string[] | undefined {
  if (!Array.isArray(values)) return undefined
  const texts = values.filter((value) => typeof value === 'string')
  return texts.length === 0 ? undefined : [...new Set(texts)]
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
