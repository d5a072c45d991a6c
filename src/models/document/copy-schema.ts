/**
 * Copies a schema from a document that FAL sent, keeping the keywords that say something about values. Invariant: what is
 * kept is bounded in parts, depth and text, whatever was sent.
 */
import type { Json } from '../catalogue/entry.ts'
import { isSchema, referenceOf, type Schema } from './model-facts.ts'

/** Why a document cannot be used. */
export class UnusableDocument extends Error {
  override readonly name = 'UnusableDocument'
}

/** What may still be kept of one document. */
export interface Budget {
  parts: number
  characters: number
}

export const wholeBudget = (): Budget => ({ parts: 20_000, characters: 500_000 })

const mostDepth = 40
/** Texts of a list of examples beyond which it is prose rather than a choice. */
const longestChoice = 60

const values: ReadonlySet<string> = new Set([
  'type',
  'enum',
  'const',
  'default',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'pattern',
  'nullable',
  'required',
  'x-fal',
  'x-fal-order-properties',
  '_fal_ui_field',
  'ui',
  '$ref',
])
const lists: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const single: ReadonlySet<string> = new Set(['items', 'additionalProperties'])

/** @throws UnusableDocument when it is larger than any description of a model. */
export function copySchema(schema: unknown, budget: Budget, depth = 0): Schema {
  spend(budget, depth)
  if (!isObject(schema)) return {}
  const copy: [string, Json][] = []
  for (const [keyword, value] of Object.entries(schema)) {
    const kept = copyKeyword(keyword, value, budget, depth + 1)
    if (kept !== undefined) copy.push([keyword, kept])
  }
  return Object.fromEntries(copy)
}

function copyKeyword(keyword: string, value: unknown, budget: Budget, depth: number): Json | undefined {
  if (values.has(keyword)) return copyJson(value, budget, depth)
  if (keyword === 'examples') return copyChoices(value, budget, depth)
  if (lists.has(keyword) || (single.has(keyword) && Array.isArray(value))) {
    return Array.isArray(value) ? value.map((item) => copySchema(item, budget, depth)) : undefined
  }
  if (single.has(keyword)) return typeof value === 'boolean' ? value : copySchema(value, budget, depth)
  if (keyword !== 'properties' || !isObject(value)) return undefined
  // `__proto__` as the name of a field would change the objects it is written to.
  const named = Object.entries(value).filter(([name]) => name !== '__proto__')
  return Object.fromEntries(
    named.map(([name, member]) => {
      budget.characters -= name.length
      return [name, copySchema(member, budget, depth)]
    }),
  )
}

/** A field whose values FAL lists in its examples only. */
function copyChoices(value: unknown, budget: Budget, depth: number): Json | undefined {
  if (!Array.isArray(value)) return undefined
  const texts = value.filter((item) => typeof item === 'string')
  const isChoice =
    texts.length > 1 &&
    value.every((item) => typeof item === 'string' || item === null) &&
    texts.every((text) => text !== '' && text.length <= longestChoice && !/\s\S+\s|:\/\//.test(text))
  return isChoice ? copyJson(texts, budget, depth) : undefined
}

function copyJson(value: unknown, budget: Budget, depth: number): Json {
  spend(budget, depth)
  if (typeof value === 'string') {
    budget.characters -= value.length
    return value
  }
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((item) => copyJson(item, budget, depth + 1))
  if (!isObject(value)) return null
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== '__proto__')
      .map(([name, member]) => {
        budget.characters -= name.length
        return [name, copyJson(member, budget, depth + 1)]
      }),
  )
}

/** The components that a copied schema refers to. */
export function referencesIn(schema: Json, found: Set<string> = new Set()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found
  const name = isSchema(schema) ? referenceOf(schema) : undefined
  if (typeof name === 'string') found.add(name)
  for (const member of Object.values(schema)) referencesIn(member, found)
  return found
}

function spend(budget: Budget, depth: number): void {
  budget.parts -= 1
  if (budget.parts < 0) throw new UnusableDocument('it has too many parts')
  if (budget.characters < 0) throw new UnusableDocument('it has too much text')
  if (depth > mostDepth) throw new UnusableDocument('it is nested too deeply')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
