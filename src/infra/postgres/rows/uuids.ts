/** Ids in PostgreSQL: UUIDv7, which begin with their creation time. */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { v7 as newUuid } from 'uuid'
import { toUuid } from '../../../domain/ids.ts'

/** The UUID of an id that this service created. Throws on any other text. */
export function uuidOf(prefix: 'job' | 'cli' | 'evt' | 'key' | 'cb', id: string): string {
  const uuid = toUuid(prefix, id)
  if (uuid === null) throw new TypeError(`not a ${prefix}_ id: ${id}`)
  return uuid
}

/** The right side of `id = …`: one parameter however long the list is, so that the statement is prepared once. */
export const anyUuid = (uuids: readonly string[]) => sql<string>`any(${uuids}::uuid[])`

/**
 * The smallest UUIDv7 of that millisecond (since 1970): an index on ids is also one on time. Times out of range are
 * clamped.
 */
export function firstUuidOf(atMs: number): string {
  const hex = Math.min(Math.max(0, Math.floor(atMs)), 2 ** 48 - 1)
    .toString(16)
    .padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

const uuidBytes = 16

/**
 * Returns a function that yields `count` new ids and throws beyond that. One `randomBytes` call serves all of them,
 * because that call dominates the cost.
 */
export function drawUuids(count: number): () => string {
  const random = randomBytes(count * uuidBytes)
  let used = 0
  return function nextUuid() {
    const bytes = random.subarray(used, used + uuidBytes)
    used += uuidBytes
    return newUuid({ random: bytes })
  }
}
