/** JSON that keeps every number: integers beyond 2^53 (seeds) survive reading as strings and re-writing digit for digit. */
import { type ShapeFault, type ShapeLimits, shapeFault } from './json-shape.ts'

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

/** Parses JSON; a number that a double cannot hold becomes its decimal string. Throws SyntaxError on bad JSON. */
export function parseExact(text: string): unknown {
  if (!mayLoseDigits.test(text)) return JSON.parse(text)
  return JSON.parse(text, reviveWith((source) => source) as Parameters<typeof JSON.parse>[1])
}

/**
 * Limits of a foreign text, above those of any real result: a long transcript has a hundred thousand values. Within them
 * it is parsed, walked and stored in a fraction of a second.
 */
const foreignLimits: ShapeLimits = { values: 500_000, levels: 200, keyBytes: 16_384, numberLength: 1_024 }

const foreignFaults: Record<ShapeFault, string> = {
  values: `more than ${foreignLimits.values} values`,
  levels: `more than ${foreignLimits.levels} levels of nesting`,
  keyBytes: `a field name of more than ${foreignLimits.keyBytes} bytes`,
  numberLength: `a number of more than ${foreignLimits.numberLength} characters`,
}

/** What makes a foreign text too complex to be read, as the object of a sentence; null when it can be. */
export function tooComplex(text: string): string | null {
  const fault = shapeFault(Buffer.from(text), foreignLimits)
  return fault === null ? null : foreignFaults[fault]
}

/** The same for a text that may be anything; undefined when it is not JSON, or too complex. */
export function tryParseExact(text: string): unknown {
  try {
    if (tooComplex(text) !== null) return undefined
    return parseExact(text)
  } catch {
    // Not JSON: the caller judges by what else it knows of the answer.
    return undefined
  }
}

/**
 * Without 16 digits in a row, or an exponent of three, no number can lose any: such texts, nearly all, are read without
 * the visit to each value that costs several times the parsing.
 */
const mayLoseDigits = /\d{16}|\d[eE]\+?\d{3}/

/** The JSON text of the value at `path` inside `text`, every number exactly as it was written; null when nothing is there. */
export function sliceExact(text: string, path: readonly string[]): string | null {
  let value = parseRaw(text)
  for (const key of path) {
    if (!isRecord(value) || !Object.hasOwn(value, key)) return null
    value = value[key]
  }
  return JSON.stringify(value)
}

/** The JSON text of the object `text` without the named members; null when it is no object or nothing is left. */
export function omitExact(text: string, keys: ReadonlySet<string>): string | null {
  const value = parseRaw(text)
  if (!isRecord(value) || Array.isArray(value)) return null
  const rest = Object.entries(value).filter(([key]) => !keys.has(key))
  return rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest))
}

function parseRaw(text: string): unknown {
  if (!mayLoseDigits.test(text)) return JSON.parse(text)
  return JSON.parse(text, reviveWith(rawNumber) as Parameters<typeof JSON.parse>[1])
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Integers beyond 2^53, and numbers beyond a double's range (which would be written back as null). */
function losesDigits(value: number, source: string): boolean {
  return !Number.isFinite(value) || (/^-?\d+$/.test(source) && !Number.isSafeInteger(value))
}

/** `JSON.rawJSON` (ES2025) is not yet in TypeScript's library. */
function rawNumber(source: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(source)
}
