/**
 * Lists jobs by cursor over (id descending, time-ordered). Invariant: the rows of a page are bounded in bytes, and a
 * value that the page has no room for is not read from the table.
 */
import { type Kysely, sql } from 'kysely'
import type { Job } from '../../../domain/job.ts'
import type { JobFilter } from '../../../ports/job-store.ts'
import { copiesInMemory, type Hold } from '../../../ports/memory-budget.ts'
import type { Page } from '../../../ports/page.ts'
import { cursorOf, uuidOfCursor } from '../rows/cursor.ts'
import { jobColumns, largeResultBytes } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import type { Database } from '../rows/schema.ts'
import { anyUuid, firstUuidOf, uuidOf } from '../rows/uuids.ts'

/** A page ends before the row that would exceed this. */
const mostPageBytes = 4 * 1024 * 1024

/** A row that is stored in more than this may be much larger once it is read. */
const notableBytes = 16 * 1024

/** Ids and `created_at` come from one reading of the clock; the hour covers jobs of versions that read it twice. */
const idSlackMs = 3_600_000

/** Newest first. Ids are UUIDv7, so their order is the order of creation and a cursor stays valid while jobs are added. */
export async function listJobs(
  db: Kysely<Database>,
  filter: JobFilter,
  page: { limit: number; cursor: string | null; hold?: Hold },
): Promise<Page<Job>> {
  const found = await findPage(db, filter, page)
  const near = nearest(found.slice(0, page.limit))
  if (found.some(({ stored }) => stored > notableBytes)) await page.hold?.(mostPageBytes * copiesInMemory)
  const data = near.length === 0 ? [] : await readPage(db, near)
  const isEnd = data.length === found.length
  const last = found[data.length - 1]
  return { data, nextCursor: isEnd || last === undefined ? null : cursorOf(last.id) }
}

interface Found {
  id: string
  /** As stored, compressed: at most the true size. */
  stored: number
}

/** Sizes as stored are known without reading the values. */
const storedBytes = sql<number>`(pg_column_size(params) + pg_column_size(coalesce(input_brief, input))
  + coalesce(pg_column_size(extra_input), 0) + pg_column_size(warnings) + coalesce(pg_column_size(result), 0)
  + pg_column_size(media) + coalesce(pg_column_size(error), 0))::int`

/** One row more than the page is long shows whether another follows. */
async function findPage(
  db: Kysely<Database>,
  filter: JobFilter,
  page: { limit: number; cursor: string | null },
): Promise<Found[]> {
  let query = db
    .selectFrom('job')
    .select(['id', storedBytes.as('stored')])
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
  if (filter.clientId !== null) query = query.where('client_id', '=', uuidOf('cli', filter.clientId))
  if (page.cursor !== null) query = query.where('id', '<', uuidOfCursor(page.cursor))
  if (filter.status !== undefined && filter.status.length > 0)
    query = query.where('status', 'in', filter.status)
  if (filter.model !== undefined) {
    const { model } = filter
    query = query.where((or) => or.or([or('model', '=', model), or('endpoint_id', '=', model)]))
  }
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind)
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId)
  // Ids begin with their creation time: bounds on ids limit the index scan.
  if (filter.createdAfter !== undefined) {
    const { createdAfter } = filter
    query = query
      .where('created_at', '>', new Date(createdAfter))
      .where('id', '>', firstUuidOf(createdAfter - idSlackMs))
  }
  if (filter.createdBefore !== undefined) {
    const { createdBefore } = filter
    query = query
      .where('created_at', '<', new Date(createdBefore))
      .where('id', '<', firstUuidOf(createdBefore + idSlackMs))
  }
  if (filter.archiveStatus !== undefined) query = query.where('archive_status', '=', filter.archiveStatus)
  if (filter.metadata !== undefined && Object.keys(filter.metadata).length > 0) {
    query = query.where(sql<boolean>`metadata @> ${JSON.stringify(filter.metadata)}::jsonb`)
  }
  return query.execute()
}

/** The first rows, as far as their stored sizes fit: only their true sizes need to be computed. */
function nearest(found: readonly Found[]): string[] {
  let bytes = 0
  const ids: string[] = []
  for (const { id, stored } of found) {
    if (bytes > mostPageBytes) break
    bytes += stored
    ids.push(id)
  }
  return ids
}

/** At least the first row, so that paging always goes on. */
async function readPage(db: Kysely<Database>, uuids: readonly string[]): Promise<Job[]> {
  const sized = sql<{ id: string; bytes: number; upto: number }>`(
    select id, bytes, sum(bytes) over (order by id desc) as upto
    from (
      select id, least(coalesce(octet_length(result::text), 0), ${sql.lit(largeResultBytes)}) + octet_length(params::text)
        + octet_length(coalesce(input_brief, input)::text) + coalesce(octet_length(extra_input::text), 0)
        + octet_length(warnings::text) + octet_length(media::text) + coalesce(octet_length(error::text), 0) as bytes
      from job where id = ${anyUuid(uuids)}
    ) as measured
  )`.as<'sized'>('sized')
  const rows = await db
    .selectFrom('job')
    .innerJoin(sized, 'sized.id', 'job.id')
    .select(jobColumns)
    .where(sql<boolean>`(sized.upto = sized.bytes or sized.upto <= ${sql.lit(mostPageBytes)})`)
    .orderBy('job.id', 'desc')
    .execute()
  return rows.map((row) => jobOfRow(row))
}
