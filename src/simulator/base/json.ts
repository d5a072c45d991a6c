/**
 * JSON as the simulator reads and writes it: integers above 2^53 stay exact, and webhook bodies are written as Python
 * writes them.
 */

export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/**
 * Parses JSON text; integers outside the safe range become bigint.
 * @throws SyntaxError
 */
export function parseJson(text: string): Json {
  return /\d{16}/.test(text) ? JSON.parse(text, keepLargeIntegers) : JSON.parse(text)
}

/** Compact JSON, keys in their own order, as FAL's queue answers. */
export function toJson(value: Json): string {
  return write(value, { comma: ',', colon: ':', sorted: false })
}

/** JSON as Python's `json.dumps(sort_keys=True, ensure_ascii=False)` writes it: FAL's webhook bodies. */
export function toPythonJson(value: Json): string {
  return write(value, { comma: ', ', colon: ': ', sorted: true })
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

interface Layout {
  readonly comma: string
  readonly colon: string
  readonly sorted: boolean
}

function keepLargeIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  return context?.source && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}

function write(value: Json, layout: Layout): string {
  if (typeof value === 'bigint') return value.toString()
  if (isList(value)) return `[${value.map((item) => write(item, layout)).join(layout.comma)}]`
  if (!isObject(value)) return JSON.stringify(value)
  const entries = Object.entries(value)
  if (layout.sorted) entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => JSON.stringify(key) + layout.colon + write(item, layout)).join(layout.comma)}}`
}
