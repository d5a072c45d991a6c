/** Checks an input against its model as FAL's apps do (pydantic); every problem becomes one entry of the 422 body. */

import { isList, isObject, type Json } from '../base/json.ts'
import type { ModelErrorDetail } from '../errors/model-errors.ts'
import { checkLimits } from './check-limits.ts'
import type { FieldType, InputField, ModelEntry } from './data/model-entry.ts'
import { withDefaults } from './read-input.ts'

type Place = readonly (string | number)[]

/** Unknown fields are ignored, as FAL does. */
export function checkInput(model: ModelEntry, input: Json): readonly ModelErrorDetail[] {
  if (!isObject(input)) {
    return [{ loc: ['body'], msg: 'Input should be a valid dictionary', type: 'dict_type', input }]
  }
  const problems = checkFields(model.input, input, ['body'])
  return problems.length > 0 ? problems : checkRules(model, input)
}

function checkFields(fields: readonly InputField[], value: Json, place: Place): readonly ModelErrorDetail[] {
  if (!isObject(value)) return []
  return fields.flatMap((field) => {
    const loc = [...place, field.name]
    const given = Object.hasOwn(value, field.name) ? value[field.name] : undefined
    if (given === undefined) {
      return field.required ? [{ loc, msg: 'Field required', type: 'missing', input: value }] : []
    }
    return checkField(field, given, loc)
  })
}

function checkField(field: InputField, value: Json, loc: Place): readonly ModelErrorDetail[] {
  if (value === null) return field.nullable ? [] : [wrongType(field, value, loc)]
  const type = field.type.find((candidate) => isOfType(candidate, value))
  if (!type) return [wrongType(field, value, loc)]
  const isOption = field.options?.some((option) => option === value) ?? true
  if (!isOption && type !== 'object' && !field.anyText) {
    return [
      {
        loc,
        msg: `Input should be ${field.options?.map((option) => `'${option}'`).join(', ')}`,
        type: 'one_of',
        ctx: { expected: field.options ?? [] },
        input: value,
      },
    ]
  }
  const limits = checkLimits(field, value, loc)
  if (limits.length > 0) return limits
  if (type === 'object') return checkFields(field.properties ?? [], value, loc)
  const { items } = field
  return isList(value) && items ? value.flatMap((item, i) => checkField(items, item, [...loc, i])) : []
}

function isOfType(type: FieldType, value: Json): boolean {
  switch (type) {
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value)
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint'
    case 'array':
      return isList(value)
    case 'object':
      return isObject(value)
    default:
      return typeof value === type
  }
}

const typeNames: Readonly<Record<FieldType, readonly [type: string, words: string]>> = {
  string: ['string_type', 'string'],
  integer: ['int_type', 'integer'],
  number: ['float_type', 'number'],
  boolean: ['bool_type', 'boolean'],
  array: ['list_type', 'list'],
  object: ['dict_type', 'dictionary'],
}

function wrongType(field: InputField, value: Json, loc: Place): ModelErrorDetail {
  const [type, words] = typeNames[field.type[0] ?? 'string']
  return { loc, msg: `Input should be a valid ${words}`, type, input: value }
}

function checkRules(model: ModelEntry, input: Json): readonly ModelErrorDetail[] {
  const filled = withDefaults(model, input)
  return (model.rules ?? []).flatMap((rule) => {
    const applies = Object.entries(rule.when).every(([name, value]) => filled[name] === value)
    if (!applies) return []
    return Object.entries(rule.allowed).flatMap(([name, allowed]) => {
      const value = filled[name]
      if (value === undefined || allowed.includes(value)) return []
      const msg = `Input should be ${allowed.join(', ')} for this combination`
      return [{ loc: ['body', name], msg, type: 'one_of', ctx: { expected: allowed }, input: value }]
    })
  })
}
