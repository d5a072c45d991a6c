/** Reads: one job by primary key, lists by cursor over (id descending, time-ordered). */
import { type Kysely, sql } from 'kysely'
import { toUuid } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { JobFilter, Page } from '../../../ports/job-store.ts'
import { createBatchedRead } from '../connection/batched-read.ts'
import { cursorOf, uuidOfCursor } from '../rows/cursor.ts'
import { type JobTable, jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import type { Database } from '../rows/schema.ts'
import { anyUuid, firstUuidOf, uuidOf } from '../rows/uuids.ts'

/**
 * Reads of one event-loop turn share one query; each gets its own job or its own error. The query is built once:
 * building it with 60 columns for every read caused a fifth of all garbage.
 */
export function createJobGetter(db: Kysely<Database>): (id: string) => Promise<Job | null> {
  const query = db.selectFrom('job').select(jobColumns).where('id', '=', anyUuid([])).compile()
  const getJob = createBatchedRead({
    async read(uuids: string[]) {
      const parameters = [[...new Set(uuids)]]
      const { rows } = await db.executeQuery<JobTable>({ ...query, parameters })
      const found = new Map(rows.map((row) => [row.id, row]))
      return uuids.map((uuid) => found.get(uuid) ?? null)
    },
    answerOf: (row) => (row === null ? null : jobOfRow(row)),
    itemsAtMost: 64,
    lanes: 4,
  })
  return async (id) => {
    const uuid = toUuid('job', id)
    return uuid === null ? null : getJob(uuid)
  }
}

/** Ids and `created_at` come from one reading of the clock; the hour covers jobs of versions that read it twice. */
const idSlackMs = 3_600_000

/** Newest first. Ids are UUIDv7, so their order is the order of creation and a cursor stays valid while jobs are added. */
export async function listJobs(
  db: Kysely<Database>,
  filter: JobFilter,
  page: { limit: number; cursor: string | null },
): Promise<Page<Job>> {
  let query = db
    .selectFrom('job')
    .selectAll()
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
  const rows = await query.execute()
  const shown = rows.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    data: shown.map(jobOfRow),
    nextCursor: rows.length > page.limit && last !== undefined ? cursorOf(last.id) : null,
  }
}

/** Whether another job with the same endpoint and input is between its intent and FAL's answer. */
export async function isIdenticalJobSending(db: Kysely<Database>, job: Job): Promise<boolean> {
  const identicalJob = await db
    .selectFrom('job')
    .select('id')
    .where('submission', '=', 'sending')
    .where('endpoint_id', '=', job.endpointId)
    .where('id', '<>', uuidOf('job', job.id))
    .where(sql<boolean>`input::jsonb = ${JSON.stringify(job.input)}::jsonb`)
    .limit(1)
    .executeTakeFirst()
  return identicalJob !== undefined
}

export async function knownRequests(
  db: Kysely<Database>,
  requestIds: readonly string[],
): Promise<Set<string>> {
  if (requestIds.length === 0) return new Set()
  const rows = await db
    .selectFrom('job')
    .select('request_id')
    .where('request_id', '=', sql<string>`any(${requestIds}::text[])`)
    .execute()
  return new Set(rows.flatMap((row) => (row.request_id === null ? [] : [row.request_id])))
}
