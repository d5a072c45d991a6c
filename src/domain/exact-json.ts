/** JSON that keeps every number: integers beyond 2^53 (seeds) survive reading as strings and re-writing digit for digit. */

interface SourceContext {
  source?: string
}

type ContextReviver = (this: unknown, key: string, value: unknown, context: SourceContext) => unknown

const reviveWith =
  (keep: (source: string) => unknown): ContextReviver =>
  (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && losesDigits(value, context.source)
      ? keep(context.source)
      : value

/** Parses JSON; an integer that a double cannot hold becomes its decimal string. Throws SyntaxError on bad JSON. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, reviveWith((source) => source) as Parameters<typeof JSON.parse>[1])
}

/** The JSON text of the value at `path` inside `text`, every number exactly as it was written; null when nothing is there. */
export function sliceExact(text: string, path: readonly string[]): string | null {
  const raw = JSON.parse(text, reviveWith(rawNumber) as Parameters<typeof JSON.parse>[1])
  let value: unknown = raw
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return null
    value = (value as Record<string, unknown>)[key]
  }
  return value === undefined ? null : JSON.stringify(value)
}

function losesDigits(value: number, source: string): boolean {
  return /^-?\d+$/.test(source) && !Number.isSafeInteger(value)
}

/** `JSON.rawJSON` (ES2025) is not yet in TypeScript's library. */
function rawNumber(source: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source)
}
