/**
 * JSON text whose strings PostgreSQL can read as text. PostgreSQL refuses U+0000 and unpaired surrogates, which FAL's
 * texts sometimes contain (a sentence cut within an emoji): they are replaced, because otherwise the job could never
 * end.
 */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value)
  return unstorable.test(text) ? JSON.stringify(value, (_key, part: unknown) => storable(part)) : text
}

/** The escapes that `JSON.stringify` writes; an escaped backslash before such letters only causes a second check. */
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
