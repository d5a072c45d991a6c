/**
 * JSON text whose strings PostgreSQL can read as text. It takes neither U+0000 nor half a surrogate pair, and what FAL
 * says holds either now and then (a sentence cut within an emoji): a sign in its place is better than a job without end.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  return unstorable.test(text) ? JSON.stringify(value, (_key, part: unknown) => storable(part)) : text
}

/** As `JSON.stringify` writes them; an escaped backslash before such letters only costs a second look. */
const unstorable = /\\u(0000|d[89a-f])/

function storable(part: unknown): unknown {
  if (typeof part === 'string') return storableText(part)
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
  const isStorable = Object.keys(part).every((key) => storableText(key) === key)
  return isStorable
    ? part
    : Object.fromEntries(Object.entries(part).map(([key, member]) => [storableText(key), member]))
}

const storableText = (text: string): string => text.replaceAll('\u0000', '\ufffd').toWellFormed()
