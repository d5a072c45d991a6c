/** Secrets shared by all replicas: the first process that needs one creates it, the others read it. */
import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../rows/schema.ts'
import type { SettingName } from '../rows/setting-names.ts'

/** A random secret under `name`, the same in every replica and after every restart. */
export async function sharedSecret(db: Kysely<Database>, name: SettingName): Promise<string> {
  await db
    .insertInto('setting')
    .values({ name, value: JSON.stringify(randomBytes(32).toString('base64url')) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await db
    .selectFrom('setting')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  if (typeof row.value !== 'string') throw new Error(`setting ${name} is not text`)
  return row.value
}
