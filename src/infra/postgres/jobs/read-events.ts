/**
 * A job's history by sequence. Reads of one event-loop turn share one query, e.g. when ten thousand streams reconnect
 * at once; each gets its own page or its own error.
 */
import { type Kysely, type Selectable, sql } from 'kysely'
import type { JobStore } from '../../../ports/job-store.ts'
import { makeBatchedRead } from '../connection/batched-read.ts'
import { eventOfRow } from '../rows/event-row.ts'
import type { Database, JobEventTable } from '../rows/schema.ts'
import { uuidOf } from '../rows/uuids.ts'

interface EventPage {
  limit: number
  afterSeq: number
}

interface Asked extends EventPage {
  uuid: string
}

export function makeReadEvents(db: Kysely<Database>): JobStore['events'] {
  const readPage = makeBatchedRead({
    read: (pages: Asked[]) => readPages(db, pages),
    answerOf: (rows) => rows.map(eventOfRow),
    // A page may be a hundred events long.
    itemsAtMost: 32,
    lanes: 4,
  })
  return async function readEvents(jobId, { limit, afterSeq }) {
    return readPage({ uuid: uuidOf('job', jobId), limit, afterSeq })
  }
}

interface EventRow extends Selectable<JobEventTable> {
  /** Position of the page in the request, from 1. */
  place: number
}

/** By position: several requests may name the same job with different events. */
async function readPages(db: Kysely<Database>, pages: readonly Asked[]): Promise<EventRow[][]> {
  const longest = Math.max(...pages.map(({ limit }) => limit))
  const { rows } = await sql<EventRow>`
    select asked.place::int as place, found.*
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
    ) found
    order by place, seq`.execute(db)
  const found = pages.map((): EventRow[] => [])
  for (const row of rows) found[row.place - 1]?.push(row)
  return found.map((page, index) => page.slice(0, pages[index]?.limit))
}
