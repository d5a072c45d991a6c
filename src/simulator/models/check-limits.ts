/** The limits of one field: numbers, lengths and steps, with the names and contexts of FAL's error types. */

import { isList, type Json } from '../base/json.ts'
import type { ModelErrorDetail } from '../errors/model-errors.ts'
import type { InputField } from './data/model-entry.ts'

export function checkLimits(
  field: InputField,
  value: Json,
  loc: readonly (string | number)[],
): readonly ModelErrorDetail[] {
  const problem =
    typeof value === 'number' || typeof value === 'bigint'
      ? numberProblem(field, Number(value))
      : typeof value === 'string'
        ? lengthProblem([...value].length, field.minLength, field.maxLength, 'string_too', 'characters')
        : isList(value)
          ? lengthProblem(value.length, field.minItems, field.maxItems, 'sequence_too', 'items')
          : undefined
  return problem ? [{ loc, ...problem, input: value }] : []
}

type Problem = Pick<ModelErrorDetail, 'msg' | 'type' | 'ctx'>

function numberProblem(field: InputField, value: number): Problem | undefined {
  const { min, max, above, step } = field
  if (above !== undefined && value <= above) {
    return { msg: `Input should be greater than ${above}`, type: 'greater_than', ctx: { gt: above } }
  }
  if (min !== undefined && value < min) {
    return {
      msg: `Input should be greater than or equal to ${min}`,
      type: 'greater_than_equal',
      ctx: { ge: min },
    }
  }
  if (max !== undefined && value > max) {
    return { msg: `Input should be less than or equal to ${max}`, type: 'less_than_equal', ctx: { le: max } }
  }
  if (step !== undefined && !isMultiple(value, step)) {
    return { msg: `Input should be a multiple of ${step}`, type: 'multiple_of', ctx: { multiple_of: step } }
  }
  return undefined
}

/** Tolerates binary fractions: 0.07 is a multiple of 0.01. */
function isMultiple(value: number, step: number): boolean {
  const times = value / step
  return Math.abs(times - Math.round(times)) < 1e-6
}

function lengthProblem(
  length: number,
  least = 0,
  most = Number.POSITIVE_INFINITY,
  type: string,
  what: string,
): Problem | undefined {
  if (length < least) {
    return { msg: `Should have at least ${least} ${what}`, type: `${type}_short`, ctx: { min_length: least } }
  }
  if (length > most) {
    return { msg: `Should have at most ${most} ${what}`, type: `${type}_long`, ctx: { max_length: most } }
  }
  return undefined
}
