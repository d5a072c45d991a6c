/** Numbers that replicas share by name, as rows of the table of settings: points in time, a clock. */
import { type Kysely, sql } from 'kysely'
import type { Database } from '../rows/schema.ts'

/** null when it was never written. */
export async function readNumber(db: Kysely<Database>, name: string): Promise<number | null> {
  const row = await db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst()
  return typeof row?.value === 'number' ? row.value : null
}

export async function writeNumber(db: Kysely<Database>, name: string, value: number): Promise<void> {
  await sql`
    insert into setting (name, value) values (${name}, to_jsonb(${value}::float8))
    on conflict (name) do update set value = excluded.value, updated_at = now()`.execute(db)
}
