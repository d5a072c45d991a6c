/**
 * The JSON Schema (draft 2020-12) of what a model takes: normalized parameters at the top, FAL's own fields under
 * `input`. It states the model's limits; the service is more lenient and normalizes numbers outside them with a
 * warning.
 */

import { listedSeconds, secondsRange } from './bind-duration.ts'
import { takesOneImageAlone } from './bindings.ts'
import type { KnownModel, NumberRule, Parameter, ParamName, TextRule, ValueRule } from './catalogue/entry.ts'
import { ratioNames, takesAnyRatio } from './ratio.ts'
import { sidesOf } from './values/size.ts'

export type JsonSchema = { readonly [key: string]: unknown }

/** A schema for the part of a create body that the model decides. */
export function paramsSchema(entry: KnownModel): JsonSchema {
  const named = entry.parameters.filter((parameter) => parameter.param !== undefined)
  const properties = named.flatMap((parameter) => paramSchemas(entry, parameter))
  const images = takesOneImageAlone(entry)
    ? undefined
    : named.find((parameter) => parameter.required === true && isImageList(parameter))
  const required = named.filter((parameter) => parameter.required === true && parameter !== images)
  const input = fieldsSchema(entry.parameters.filter((parameter) => parameter.param === undefined))
  const needsInput = entry.parameters.some(
    (parameter) => parameter.required === true && parameter.param === undefined,
  )
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: entry.title,
    type: 'object',
    properties: { ...Object.fromEntries(properties), input },
    required: [...required.map((parameter) => parameter.param), ...(needsInput ? ['input'] : [])],
    ...(images === undefined
      ? {}
      : { anyOf: [{ required: ['inputImageUrl'] }, { required: ['inputImageUrls'] }] }),
    additionalProperties: false,
  }
}

function paramSchemas(entry: KnownModel, parameter: Parameter): [ParamName, JsonSchema][] {
  const { param } = parameter
  if (param === undefined) return []
  const schema = { ...paramSchema(entry, param, parameter), ...described(parameter) }
  if (!isImageList(parameter) || parameter.type !== 'array' || takesOneImageAlone(entry)) {
    return [[param, schema]]
  }
  const single = {
    ...valueSchema(parameter.items),
    description: 'One image: the short form of a list of one.',
  }
  return [
    [param, schema],
    ['inputImageUrl', single],
  ]
}

function paramSchema(entry: KnownModel, param: ParamName, parameter: Parameter): JsonSchema {
  if (param === 'aspectRatio') return ratioSchema(parameter)
  if (param === 'durationSeconds') {
    const seconds = listedSeconds(parameter, entry.frameRate)
    if (seconds !== undefined && seconds.length > 0) return { type: 'number', enum: seconds }
    const { min, max } = secondsRange(parameter, entry.frameRate)
    const type = parameter.type === 'integer' && parameter.encoding === undefined ? 'integer' : 'number'
    return { type, minimum: min, maximum: max }
  }
  if (param === 'seed') {
    const widest = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }
    return { ...widest, ...valueSchema(parameter) }
  }
  const takesFirstOnly = parameter.type === 'array' && param !== 'inputImageUrls'
  return valueSchema(takesFirstOnly ? parameter.items : parameter)
}

function ratioSchema(parameter: Parameter): JsonSchema {
  const names = ratioNames(parameter)
  const listed = { type: 'string', enum: names }
  if (!takesAnyRatio(parameter)) return listed
  const other = { type: 'string', pattern: '^[1-9][0-9]{0,4}:[1-9][0-9]{0,4}$' }
  return names.length === 0 ? other : { anyOf: [listed, other] }
}

function described(parameter: Parameter): JsonSchema {
  return { description: `FAL's ${parameter.field}.` }
}

function isImageList(parameter: Parameter): boolean {
  return parameter.param === 'inputImageUrls'
}

function fieldsSchema(fields: readonly Parameter[]): JsonSchema {
  const required = fields.filter((field) => field.required === true).map((field) => field.field)
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.field, fieldSchema(field)])),
    ...(required.length > 0 ? { required } : {}),
  }
}

function fieldSchema(field: Parameter): JsonSchema {
  const schema = valueSchema(field)
  const withDefault = field.default === undefined ? schema : { ...schema, default: field.default }
  return field.nullable === true ? { anyOf: [withDefault, { type: 'null' }] } : withDefault
}

function valueSchema(rule: ValueRule): JsonSchema {
  switch (rule.type) {
    case 'string':
      return textSchema(rule)
    case 'integer':
    case 'number':
      return numberSchema(rule)
    case 'boolean':
      return { type: 'boolean' }
    case 'size': {
      const object = { ...fieldsSchema(sidesOf(rule)), additionalProperties: false }
      return rule.allowed.length === 0 ? object : { anyOf: [{ type: 'string', enum: rule.allowed }, object] }
    }
    case 'array':
      return {
        type: 'array',
        ...(rule.prefix === undefined ? {} : { prefixItems: rule.prefix.map(valueSchema) }),
        items: valueSchema(rule.items),
        ...(rule.minItems === undefined ? {} : { minItems: rule.minItems }),
        ...(rule.maxItems === undefined ? {} : { maxItems: rule.maxItems }),
      }
    case 'object': {
      if (rule.fields === undefined) return { type: 'object' }
      const additionalProperties = rule.rest === undefined ? false : valueSchema(rule.rest)
      return { ...fieldsSchema(rule.fields), additionalProperties }
    }
    case 'choice':
      return { enum: rule.allowed }
    case 'union':
      return { anyOf: rule.options.map(valueSchema) }
    case 'any':
      return {}
  }
}

function textSchema(rule: TextRule): JsonSchema {
  const text = {
    type: 'string',
    ...(rule.minLength === undefined ? {} : { minLength: rule.minLength }),
    ...(rule.maxLength === undefined ? {} : { maxLength: rule.maxLength }),
    ...(rule.pattern === undefined ? {} : { pattern: rule.pattern }),
    ...(rule.media === undefined ? {} : { format: 'uri', pattern: '^(https:|data:)' }),
  }
  if (rule.allowed === undefined) return text
  return rule.open === true ? { anyOf: [{ enum: rule.allowed }, text] } : { ...text, enum: rule.allowed }
}

function numberSchema(rule: NumberRule): JsonSchema {
  return {
    type: rule.type,
    ...(rule.allowed === undefined ? {} : { enum: rule.allowed }),
    ...(rule.min === undefined ? {} : { minimum: rule.min }),
    ...(rule.above === undefined ? {} : { exclusiveMinimum: rule.above }),
    ...(rule.max === undefined ? {} : { maximum: rule.max }),
    ...(rule.below === undefined ? {} : { exclusiveMaximum: rule.below }),
    ...(rule.step === undefined ? {} : { multipleOf: rule.step }),
    ...(rule.multipleOf === undefined ? {} : { multipleOf: rule.multipleOf }),
  }
}
