/** Forgets idempotency keys that are old enough, in small batches that block nobody. */
import { type Kysely, sql } from 'kysely'
import type { Database } from './schema.ts'

/** Deletes at most `limit` keys made before `before` (epoch ms); returns how many. */
export async function expireKeys(db: Kysely<Database>, before: number, limit: number): Promise<number> {
  const result = await sql`
    delete from idempotency where (client_id, key) in (
      select client_id, key from idempotency where created_at < ${new Date(before)}
      order by created_at limit ${limit} for update skip locked
    )`.execute(db)
  return Number(result.numAffectedRows ?? 0n)
}
