/**
 * One plain schema out of one that refers to others: `$ref` followed, `$ref` beside other keywords and `allOf` merged.
 * A cycle, or parts that cannot be merged, give null: what is there passes unchecked.
 */
import type { Json } from '../catalogue/entry.ts'
import { isSchema, type ModelFacts, referenceOf, type Schema } from './model-facts.ts'

export interface SchemaScope {
  readonly schemas: ModelFacts['schemas']
  /** The components that are being read: one of them again is a cycle. */
  readonly trail: readonly string[]
}

export interface Resolved {
  readonly schema: Schema
  readonly scope: SchemaScope
}

export function resolveSchema(schema: Schema, scope: SchemaScope): Resolved | null {
  const { allOf, ...own } = schema
  if (Array.isArray(allOf)) {
    return allOf.reduce<Resolved | null>(
      (merged, part) => merged && merge(merged, isSchema(part) ? resolveSchema(part, merged.scope) : null),
      { schema: own, scope },
    )
  }
  const name = referenceOf(schema)
  if (name === undefined) return { schema, scope }
  if (name === null || scope.trail.includes(name) || !Object.hasOwn(scope.schemas, name)) return null
  const { $ref, ...siblings } = schema
  const target = scope.schemas[name]
  const inside = { ...scope, trail: [...scope.trail, name] }
  return target === undefined
    ? null
    : merge({ schema: siblings, scope: inside }, resolveSchema(target, inside))
}

/** What satisfies both; of plain remarks (default, order) those of the first stand. */
function merge(first: Resolved, second: Resolved | null): Resolved | null {
  if (second === null) return null
  const merged = new Map(Object.entries(second.schema))
  for (const [keyword, value] of Object.entries(first.schema)) {
    const other = merged.get(keyword)
    const both = other === undefined ? value : mergeKeyword(keyword, value, other)
    if (both === null) return null
    merged.set(keyword, both)
  }
  return { schema: Object.fromEntries(merged), scope: second.scope }
}

const higher: ReadonlySet<string> = new Set(['minimum', 'exclusiveMinimum', 'minLength', 'minItems'])
const lower: ReadonlySet<string> = new Set(['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'])
const remarks: ReadonlySet<string> = new Set([
  'default',
  'examples',
  'x-fal',
  'x-fal-order-properties',
  '_fal_ui_field',
  'ui',
])

function mergeKeyword(keyword: string, a: Json, b: Json): Json {
  if (remarks.has(keyword) || JSON.stringify(a) === JSON.stringify(b)) return a
  if (typeof a === 'number' && typeof b === 'number') {
    if (higher.has(keyword)) return Math.max(a, b)
    if (lower.has(keyword)) return Math.min(a, b)
  }
  if (keyword === 'enum' && Array.isArray(a) && Array.isArray(b))
    return a.filter((value) => b.includes(value))
  if (keyword === 'required' && Array.isArray(a) && Array.isArray(b)) return [...new Set([...a, ...b])]
  if (keyword === 'properties' && isSchema(a) && isSchema(b)) return mergeProperties(a, b)
  return null
}

function mergeProperties(a: Schema, b: Schema): Schema {
  const both = Object.keys(a)
    .filter((name) => Object.hasOwn(b, name))
    .map((name): [string, Json] => [name, { allOf: [a[name] ?? {}, b[name] ?? {}] }])
  return { ...b, ...a, ...Object.fromEntries(both) }
}
