/**
 * From a schema of FAL's document to the rule that a value is held against. What no rule can express becomes `any`: it
 * passes unchecked, so that nothing is refused which FAL takes.
 */
import type { AnyRule, Json, ListRule, ObjectRule, Parameter, ValueRule } from '../catalogue/entry.ts'
import { fileKind } from './file-fields.ts'
import { isSchema, type Schema } from './model-facts.ts'
import { choiceOf, numberRule, textRule } from './plain-rules.ts'
import { resolveSchema, type SchemaScope } from './resolve-schema.ts'
import { sizeRule } from './size-rule.ts'
import { unionOf } from './union-rule.ts'

/** A rule, whether null is taken beside it, and what FAL uses when nothing is sent. */
export interface ReadValue {
  readonly rule: ValueRule
  readonly nullable: boolean
  readonly silent?: Json | undefined
}

/** How many rules one model may still be made of. */
export interface RuleBudget {
  rules: number
}

export interface ReadScope extends SchemaScope {
  readonly budget: RuleBudget
  readonly depth: number
}

const mostDepth = 12
const unchecked: AnyRule = { type: 'any' }

function readValue(schema: Json | undefined, scope: ReadScope): ReadValue {
  scope.budget.rules -= 1
  const isSpent = scope.budget.rules < 0 || scope.depth > mostDepth
  const resolved = isSchema(schema) && !isSpent ? resolveSchema(schema, scope) : null
  if (resolved === null) return { rule: unchecked, nullable: true }
  const inside = { ...scope, trail: resolved.scope.trail, depth: scope.depth + 1 }
  const { rule, nullable } = readResolved(resolved.schema, inside)
  const { default: silent, nullable: declared } = resolved.schema
  return { rule, nullable: nullable || declared === true, silent }
}

function readResolved(schema: Schema, scope: ReadScope): ReadValue {
  const { anyOf = schema.oneOf, oneOf, ...rest } = schema
  if (Array.isArray(anyOf)) return readAlternatives(anyOf, rest, scope)
  if (Array.isArray(schema.type)) {
    const branches = schema.type.map((type) => ({ ...schema, type }))
    return readAlternatives(branches, {}, scope)
  }
  if (schema.type === 'null' || schema.const === null) return { rule: choiceOf([null]), nullable: false }
  const listed = schema.const === undefined ? schema.enum : [schema.const]
  if (Array.isArray(listed)) return readListed(listed, schema)
  return { rule: readTyped(schema, scope), nullable: false }
}

/** `remarks` stand beside the alternatives: they narrow each. */
function readAlternatives(branches: readonly Json[], remarks: Schema, scope: ReadScope): ReadValue {
  const { default: _, ...narrowing } = remarks
  const reads = branches.map((branch) =>
    readValue(isSchema(branch) ? { allOf: [narrowing, branch] } : undefined, scope),
  )
  const isNull = ({ rule }: ReadValue) =>
    rule.type === 'choice' && rule.allowed.every((value) => value === null)
  const rules = reads.filter((read) => !isNull(read)).map(({ rule }) => rule)
  return { rule: unionOf(rules), nullable: reads.some((read) => read.nullable || isNull(read)) }
}

function readListed(listed: readonly Json[], schema: Schema): ReadValue {
  const values = listed.filter((value) => typeof value !== 'object' || value === null)
  if (values.length !== listed.length || values.length > 2_000) return { rule: unchecked, nullable: true }
  const some = values.filter((value) => value !== null)
  const nullable = some.length < values.length
  if (some.length === 0) return { rule: choiceOf([null]), nullable: false }
  const isWhole = (value: unknown) => Number.isInteger(value)
  if (some.every((value) => typeof value === 'string')) {
    return { rule: textRule({ ...schema, enum: some }), nullable }
  }
  if (some.every((value) => typeof value === 'number')) {
    return {
      rule: numberRule({ ...schema, enum: some }, some.every(isWhole) ? 'integer' : 'number'),
      nullable,
    }
  }
  return { rule: choiceOf(some), nullable }
}

function readTyped(schema: Schema, scope: ReadScope): ValueRule {
  switch (schema.type) {
    case 'string':
      return textRule(schema)
    case 'integer':
    case 'number':
      return numberRule(schema, schema.type)
    case 'boolean':
      return { type: 'boolean' }
    case 'array':
      return listRule(schema, scope)
    case 'object':
      return sizeRule(schema) ?? objectRule(schema, scope)
    default:
      return isSchema(schema.properties) && schema.type === undefined ? objectRule(schema, scope) : unchecked
  }
}

function listRule(schema: Schema, scope: ReadScope): ListRule {
  const tuple = Array.isArray(schema.items) ? schema.items : schema.prefixItems
  const prefix = Array.isArray(tuple) ? tuple.map((item) => itemRule(item, scope)) : []
  const rest = Array.isArray(schema.items) ? undefined : schema.items
  const most = [schema.maxItems, rest === false ? prefix.length : undefined].filter(isCount)
  return {
    type: 'array',
    items: itemRule(rest, scope),
    ...(prefix.length === 0 ? {} : { prefix }),
    minItems: isCount(schema.minItems) ? schema.minItems : 0,
    ...(most.length === 0 ? {} : { maxItems: Math.min(...most) }),
  }
}

function itemRule(schema: Json | undefined, scope: ReadScope): ValueRule {
  if (schema === undefined || typeof schema === 'boolean') return unchecked
  const { rule, nullable } = readValue(schema, scope)
  return nullable && rule.type !== 'any' ? { type: 'union', options: [rule, choiceOf([null])] } : rule
}

function objectRule(schema: Schema, scope: ReadScope): ObjectRule {
  const fields = readFields(schema, scope)
  const rest = readRest(schema, scope)
  return fields.length === 0 && rest?.type === 'any'
    ? { type: 'object' }
    : { type: 'object', fields, ...(rest === undefined ? {} : { rest }) }
}

/** The fields of an object in the order FAL shows them. */
export function readFields(schema: Schema, scope: ReadScope): Parameter[] {
  const properties = isSchema(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required : []
  const order = Array.isArray(schema['x-fal-order-properties']) ? schema['x-fal-order-properties'] : []
  const names = Object.keys(properties)
  const ordered = new Set([
    ...order.filter((name) => typeof name === 'string' && names.includes(name)),
    ...names,
  ])
  return [...ordered].map((name) => {
    const field = String(name)
    const property = properties[field]
    const { rule, nullable, silent } = readValue(property, scope)
    return {
      ...asFile(field, property, rule),
      field,
      ...(required.includes(field) ? { required: true } : {}),
      ...(nullable ? { nullable: true } : {}),
      ...(silent === undefined || silent === null ? {} : { default: silent }),
    }
  })
}

/** The rule of fields that an object does not name; undefined: it takes none. */
export function readRest(
  { properties, additionalProperties: rest }: Schema,
  scope: ReadScope,
): ValueRule | undefined {
  if (rest === undefined) return isSchema(properties) ? undefined : unchecked
  return rest === false ? undefined : itemRule(rest, scope)
}

/** A text, or a list of texts, that is the address of a file by its name. */
function asFile(field: string, schema: Json | undefined, rule: ValueRule): ValueRule {
  if (rule.type === 'array') {
    const items = isSchema(schema) && isSchema(schema.items) ? schema.items : schema
    return { ...rule, items: asFile(field, items, rule.items) }
  }
  if (rule.type !== 'string' || rule.allowed !== undefined) return rule
  const media = fileKind(field, schema)
  return media === null ? rule : { ...rule, media }
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}
