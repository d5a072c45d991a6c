/** Facts as text: the same facts are the same text, in whatever order FAL wrote them, so that texts tell versions apart. */
import type { ModelFacts } from './model-facts.ts'

export function factsText(facts: ModelFacts): string {
  return JSON.stringify(facts, (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

/** Of a text that `factsText` made. */
export function readFacts(text: string): ModelFacts {
  return JSON.parse(text)
}
