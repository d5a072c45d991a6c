/** How long FAL usually takes for an endpoint, from its last completed jobs; one short index scan. */
import { type Kysely, sql } from 'kysely'
import type { Database } from '../rows/schema.ts'

const lastJobs = 50
/** Minimum number of jobs for a median. */
const fewest = 3

/** Median seconds from submit to completion; null without enough history. */
export async function medianSeconds(db: Kysely<Database>, endpointId: string): Promise<number | null> {
  const { rows } = await sql<{ median: number | null; jobs: number }>`
    select percentile_cont(0.5) within group (order by seconds) as median, count(*)::int as jobs
    from (
      select extract(epoch from completed_at - submitted_at)::float8 as seconds from job
      where endpoint_id = ${endpointId} and status = 'completed' and submitted_at is not null
      order by completed_at desc limit ${lastJobs}
    ) as recent`.execute(db)
  const row = rows[0]
  return row === undefined || row.median === null || row.jobs < fewest ? null : Math.max(row.median, 0.1)
}
