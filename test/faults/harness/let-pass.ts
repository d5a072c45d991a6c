/** Time passes without being waited for: everything that is written down becomes older, for the jobs and for their tasks. */
import { type Kysely, sql } from 'kysely'
import { taskTable } from '../../support/engine-tables.ts'

const tables = ['job', 'callback', 'webhook_delivery', 'idempotency', taskTable]

/** What was due within that time is due now, and what was to be given up after it is given up. */
export async function letPass<T>(db: Kysely<T>, minutes: number): Promise<void> {
  for (const table of tables) {
    const [schema, name] = table.includes('.') ? table.split('.') : ['public', table]
    const { rows } = await sql<{ name: string }>`
      select column_name as name from information_schema.columns
      where table_schema = ${schema} and table_name = ${name} and data_type = 'timestamp with time zone'
        and is_generated = 'NEVER'`.execute(db)
    const sets = rows.map((row) => `"${row.name}" = "${row.name}" - interval '${minutes} minutes'`)
    // A running task keeps its heartbeat: nobody died.
    const which = table === taskTable ? "where state in ('created', 'retry')" : ''
    await sql.raw(`update ${schema}."${name}" set ${sets.join(', ')} ${which}`).execute(db)
  }
}
