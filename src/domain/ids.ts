/** Public ids: a prefix that names the kind over a UUIDv7, so that an id pasted in the wrong place is refused, not looked up. */

export type IdPrefix = 'job' | 'evt' | 'key' | 'cb' | 'cli' | 'led'

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const toId = (prefix: IdPrefix, uuid: string): string => `${prefix}_${uuid}`

/** When a UUIDv7 was made, in epoch milliseconds; null for every other text. FAL's request ids are such. */
export function timeOfUuid(uuid: string): number | null {
  const text = uuid.toLowerCase()
  return uuidPattern.test(text) && text[14] === '7'
    ? Number.parseInt(text.slice(0, 8) + text.slice(9, 13), 16)
    : null
}

/** The UUID inside a public id, or null when the text is not an id of that kind. */
export function toUuid(prefix: IdPrefix, id: string): string | null {
  if (!id.startsWith(`${prefix}_`)) return null
  const uuid = id.slice(prefix.length + 1).toLowerCase()
  return uuidPattern.test(uuid) ? uuid : null
}
