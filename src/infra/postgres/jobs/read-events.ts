/**
 * A job's history by sequence. Reads that are asked for in the same turn of the event loop are one query, as when ten
 * thousand streams come back at once; each gets its own page, or its own error.
 */
import { type Kysely, type Selectable, sql } from 'kysely'
import type { JobEvent } from '../../../domain/job.ts'
import { createGroupCommit } from '../connection/group-commit.ts'
import { RolledBack } from '../connection/shared-transaction.ts'
import { eventOfRow, uuidOf } from '../rows/job-row.ts'
import type { Database, JobEventTable } from '../rows/schema.ts'
import { isUnreadable } from './read-jobs.ts'

interface EventPage {
  limit: number
  afterSeq: number
}

interface Asked extends EventPage {
  uuid: string
}

export function createEventReader(
  db: Kysely<Database>,
): (jobId: string, page: EventPage) => Promise<JobEvent[]> {
  let asked = 0
  const share = createGroupCommit<Asked, JobEvent[]>({
    write: (pages) =>
      readPages(db, pages).catch((error: unknown) => {
        throw isUnreadable(error) ? new RolledBack(error) : error
      }),
    // Reads never stand in each other's way.
    keyOf: () => String(asked++),
    // A page may be a hundred events long.
    itemsAtMost: 32,
    lanes: 4,
  })
  return async (jobId, { limit, afterSeq }) => share({ uuid: uuidOf('job', jobId), limit, afterSeq })
}

interface EventRow extends Selectable<JobEventTable> {
  /** Of the page in what was asked for, from 1. */
  place: number
}

/** By place in the arrays: several may ask for the same job, each above another event. */
async function readPages(db: Kysely<Database>, pages: readonly Asked[]): Promise<JobEvent[][]> {
  const longest = Math.max(...pages.map(({ limit }) => limit))
  const { rows } = await sql<EventRow>`
    select asked.place::int as place, told.*
    from unnest(
      ${pages.map(({ uuid }) => uuid)}::uuid[],
      ${pages.map(({ afterSeq }) => afterSeq)}::int[]
    ) with ordinality as asked (job_id, after_seq, place)
    cross join lateral (
      select id, job_id, seq, type, source, data, created_at
      from job_event
      where job_event.job_id = asked.job_id and seq > asked.after_seq
      order by seq
      limit ${longest}
    ) told
    order by place, seq`.execute(db)
  const found = pages.map((): JobEvent[] => [])
  for (const row of rows) found[row.place - 1]?.push(eventOfRow(row))
  return found.map((events, index) => events.slice(0, pages[index]?.limit))
}
