/** Where a moment stands among our ids: they are UUIDv7, so an index on them is also one on time. */

/** The smallest UUIDv7 of that millisecond (since 1970); times that no id can hold are brought to the nearest that can. */
export function firstUuidOf(atMs: number): string {
  const hex = Math.min(Math.max(0, Math.floor(atMs)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}
