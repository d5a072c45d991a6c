/** Reads one job by primary key, and what settles an uncertain submit. */
import { type Kysely, sql } from 'kysely'
import { toUuid } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { JobStore } from '../../../ports/job-store.ts'
import { copiesInMemory, type Hold } from '../../../ports/memory-budget.ts'
import { makeBatchedRead } from '../connection/batched-read.ts'
import { type JobRow, jobColumns } from '../rows/job-columns.ts'
import { jobOfRow } from '../rows/job-row.ts'
import type { Database } from '../rows/schema.ts'
import { anyUuid, uuidOf } from '../rows/uuids.ts'

/**
 * Reads of one event-loop turn share one query; each gets its own job or its own error. The query is built once:
 * building it with 60 columns for every read caused a fifth of all garbage.
 */
export function makeGetJob(db: Kysely<Database>): JobStore['get'] {
  const query = db.selectFrom('job').select(jobColumns).where('id', '=', anyUuid([])).compile()
  const readJob = makeBatchedRead({
    async read(uuids: string[]) {
      const parameters = [[...new Set(uuids)]]
      const { rows } = await db.executeQuery<JobRow>({ ...query, parameters })
      const found = new Map(rows.map((row) => [row.id, row]))
      return uuids.map((uuid) => found.get(uuid) ?? null)
    },
    answerOf: (row) => (row === null ? null : jobOfRow(row)),
    itemsAtMost: 64,
    lanes: 4,
  })
  return async function getJob(id) {
    const uuid = toUuid('job', id)
    return uuid === null ? null : readJob(uuid)
  }
}

/** `hold` receives the size before the input is read. */
export async function fullInputOf(db: Kysely<Database>, id: string, hold?: Hold): Promise<string | null> {
  const uuid = toUuid('job', id)
  if (uuid === null) return null
  if (hold !== undefined) {
    const size = sql<number>`octet_length(input::text)`.as('bytes')
    const sized = await db.selectFrom('job').select(size).where('id', '=', uuid).executeTakeFirst()
    await hold((sized?.bytes ?? 0) * copiesInMemory)
  }
  const row = await db.selectFrom('job').select('input').where('id', '=', uuid).executeTakeFirst()
  return row?.input ?? null
}

export async function wholeResultOf(db: Kysely<Database>, id: string): Promise<string | null> {
  const uuid = toUuid('job', id)
  if (uuid === null) return null
  const row = await db.selectFrom('job').select('result').where('id', '=', uuid).executeTakeFirst()
  return row?.result ?? null
}

/** Whether another job with the same endpoint and input is between its intent and FAL's answer. */
export async function isIdenticalJobSending(
  db: Kysely<Database>,
  job: Pick<Job, 'id' | 'endpointId'>,
): Promise<boolean> {
  const identicalJob = await db
    .selectFrom('job')
    .select('id')
    .where('submission', '=', 'sending')
    .where('endpoint_id', '=', job.endpointId)
    .where('id', '<>', uuidOf('job', job.id))
    .where(
      sql<boolean>`input::jsonb = (select own.input::jsonb from job own where own.id = ${uuidOf('job', job.id)})`,
    )
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
