/** Rows by a list of ids: one parameter however long the list is, so that the statement stays the same one and is prepared once. */
import { sql } from 'kysely'

/** The right side of `id = …`. */
export const anyUuid = (uuids: readonly string[]) => sql<string>`any(${uuids}::uuid[])`
