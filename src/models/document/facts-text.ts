/**
 * Facts as text: the same facts are the same text, in whatever order FAL wrote them, so that comparing texts detects
 * a new version.
 */
import type { ModelFacts } from './model-facts.ts'

export function factsText(facts: ModelFacts): string {
  return JSON.stringify(facts, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/** Parses text written by `factsText`. */
export function readFacts(text: string): ModelFacts {
  return JSON.parse(text)
}
