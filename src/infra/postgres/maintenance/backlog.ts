/** Whether the submit backlog exceeds a limit; counts only up to it. */
import { type Kysely, sql } from 'kysely'
import type { Database } from '../rows/schema.ts'

export async function isBacklogAbove(db: Kysely<Database>, jobs: number): Promise<boolean> {
  const { rows } = await sql<{ above: boolean }>`
    select count(*) > ${jobs} as above
    from (select 1 from job where status = 'pending' limit ${jobs + 1}) as waiting`.execute(db)
  return rows[0]?.above === true
}
