/** Values that satisfy a schema of FAL's document, drawn from the schema itself rather than from the code under test. */
import fc from 'fast-check'

type Schema = Record<string, unknown>

const anything = fc.constantFrom(null, true, 7, 'text', [1, 'a'], { a: [{}] })

export function valuesOf(schema: unknown, schemas: Schema, depth = 0): fc.Arbitrary<unknown> {
  if (!isSchema(schema)) return anything
  const { $ref, allOf, default: _, ...rest } = schema
  if (typeof $ref === 'string') {
    return valuesOf(
      { ...asSchema(schemas[$ref.replace('#/components/schemas/', '')]), ...rest },
      schemas,
      depth,
    )
  }
  if (Array.isArray(allOf)) return valuesOf({ ...asSchema(schemas.Text), ...rest }, schemas, depth)
  if (Array.isArray(schema.anyOf))
    return fc.oneof(...schema.anyOf.map((branch) => valuesOf(branch, schemas, depth + 1)))
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum)
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => valuesOf({ ...schema, type }, schemas, depth)))
  }
  return typedValues(schema, schemas, depth)
}

function typedValues(schema: Schema, schemas: Schema, depth: number): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
    case 'number':
      return numbers(schema)
    case 'string':
      return texts(schema)
    case 'array':
      return lists(schema, schemas, depth)
    case 'object':
      return objects(schema, schemas, depth)
    default:
      return anything
  }
}

function numbers(schema: Schema): fc.Arbitrary<unknown> {
  const least = numberOf(schema.minimum) ?? numberOf(schema.exclusiveMinimum) ?? -1000
  const most = numberOf(schema.maximum) ?? numberOf(schema.exclusiveMaximum) ?? 1000
  const step = numberOf(schema.multipleOf)
  if (step !== undefined) {
    const range = { min: Math.ceil(least / step - 1e-9), max: Math.floor(most / step + 1e-9) }
    // As a caller would write it: 0.07, not 0.07 plus the noise of a multiplication.
    return fc.integer(range).map((count) => Number((count * step).toFixed(6)))
  }
  if (schema.type === 'integer') return fc.integer({ min: least + Number(isOpen(schema)), max: most })
  const minExcluded = isOpen(schema)
  return fc.double({ min: least, max: most, minExcluded, maxExcluded: minExcluded, noNaN: true })
}

const isOpen = (schema: Schema) => schema.exclusiveMinimum !== undefined

function texts(schema: Schema): fc.Arbitrary<string> {
  if (schema.pattern === '^[1-9][0-9]?:[1-9][0-9]?$') return fc.constantFrom('16:9', '1:1', '21:9', '9:16')
  if (schema.pattern === '^(a+)+$') return fc.constantFrom('a', 'aaaa')
  const minLength = numberOf(schema.minLength) ?? 0
  return fc.string({
    unit: 'grapheme-ascii',
    minLength,
    maxLength: numberOf(schema.maxLength) ?? minLength + 20,
  })
}

function lists(schema: Schema, schemas: Schema, depth: number): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.prefixItems)) {
    return fc.tuple(...schema.prefixItems.map((item) => valuesOf(item, schemas, depth + 1)))
  }
  const minLength = numberOf(schema.minItems) ?? 0
  return fc.array(valuesOf(schema.items, schemas, depth + 1), {
    minLength,
    maxLength: numberOf(schema.maxItems) ?? 3,
  })
}

function objects(schema: Schema, schemas: Schema, depth: number): fc.Arbitrary<unknown> {
  const properties = asSchema(schema.properties)
  if (schema.properties === undefined)
    return fc.dictionary(fc.constantFrom('x', 'y'), valuesOf(schema.additionalProperties, schemas, depth + 1))
  const required = Array.isArray(schema.required) ? schema.required.map(String) : []
  const names = Object.keys(properties).filter((name) => depth < 6 || required.includes(name))
  return fc.record(
    Object.fromEntries(names.map((name) => [name, valuesOf(properties[name], schemas, depth + 1)])),
    {
      requiredKeys: required,
    },
  )
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asSchema(value: unknown): Schema {
  return isSchema(value) ? value : {}
}
