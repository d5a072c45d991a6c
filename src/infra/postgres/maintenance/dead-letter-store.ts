/**
 * The dead-letter list on PostgreSQL: copies and callbacks that were given up and unfinished erasures in one list,
 * each part over a small partial index.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { toId, toUuid } from '../../../domain/ids.ts'
import { eraseFailuresListed } from '../../../domain/job.ts'
import {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterStore,
  deadLetterKinds,
} from '../../../ports/maintenance/dead-letters.ts'
import { erasedPayload } from '../rows/callback-row.ts'
import { cursorOf, uuidOfCursor } from '../rows/cursor.ts'
import type { Database } from '../rows/schema.ts'
import { uuidOf } from '../rows/uuids.ts'

interface DeadLetterRow {
  id: string
  kind: DeadLetter['kind']
  client_id: string
  job_id: string
  what: string
  reason: string | null
  tries: number
  bytes: number | null
  since: Date
}

export function createDeadLetterStore(db: Kysely<Database>): DeadLetterStore {
  return {
    async list(filter, { limit, cursor }) {
      const after = cursor === null ? null : uuidOfCursor(cursor)
      const kinds = filter.kind === undefined ? deadLetterKinds : [filter.kind]
      const parts = kinds.map((kind) => queryOf[kind](filter, { after, limit: limit + 1 }))
      const { rows } = await sql<DeadLetterRow>`
        select * from (${sql.join(parts, sql` union all `)}) as dead_letter order by id limit ${limit + 1}`.execute(
        db,
      )
      const shown = rows.slice(0, limit)
      const last = shown.at(-1)
      const more = rows.length > limit && last !== undefined
      return { data: shown.map(deadLetterOfRow), nextCursor: more ? cursorOf(last.id) : null }
    },

    async find(id) {
      const job = toUuid('job', id)
      const callback = toUuid('cb', id)
      const allClients = { clientId: null }
      const parts =
        job !== null
          ? [archives(allClients, { only: job, limit: 1 }), erasures(allClients, { only: job, limit: 1 })]
          : callback !== null
            ? [callbacks(allClients, { only: callback, limit: 1 })]
            : []
      if (parts.length === 0) return null
      const query = sql<DeadLetterRow>`select * from (${sql.join(parts, sql` union all `)}) as dead_letter`
      const [row] = (await query.execute(db)).rows
      return row === undefined ? null : deadLetterOfRow(row)
    },
  }
}

interface Range {
  after?: string | null
  only?: string
  limit: number
}

/** FAL may declare no size or an invalid one: then it is unknown. */
function archives(filter: DeadLetterFilter, range: Range): RawBuilder<unknown> {
  return sql`(
    select id, 'archive' as kind, client_id, id as job_id, files.missing || ' of ' || files.count || ' files' as what,
      archive_error as reason, archive_attempts as tries, files.bytes,
      coalesce(
        (select max(created_at) from job_event where job_id = job.id and type = 'archive.failed'), updated_at
      ) as since
    from job, lateral (
      select count(*) as count, count(*) filter (where file ->> 'archive' is null) as missing,
        round(sum((file ->> 'bytes')::float8) filter (where file ->> 'archive' is null))::bigint as bytes
      from json_array_elements(job.media) as file
    ) as files
    where archive_status = 'failed' and erased_at is null and ${within(filter, range)}
    order by id limit ${range.limit})`
}

/** A message whose content was erased cannot be redelivered. */
function callbacks(filter: DeadLetterFilter, range: Range): RawBuilder<unknown> {
  return sql`(
    select id, 'callback' as kind, client_id, job_id, type as what, last_error as reason, attempts as tries,
      octet_length(payload)::bigint as bytes,
      coalesce(
        (select max(started_at) from callback_attempt where callback_id = callback.id), created_at
      ) as since
    from callback
    where state = 'failed' and payload <> ${erasedPayload} and ${within(filter, range)}
    order by id limit ${range.limit})`
}

/** Unfinished erasures; an erased job has no other entry in the list. */
function erasures(filter: DeadLetterFilter, range: Range): RawBuilder<unknown> {
  return sql`(
    select id, 'erase' as kind, client_id, id as job_id,
      coalesce(erasing ->> 'left', 'unknown number of') || ' objects to delete' as what, erasing ->> 'error' as reason,
      (erasing ->> 'failures')::integer as tries, null::bigint as bytes,
      to_timestamp((erasing ->> 'failingSince')::float8 / 1000) as since
    from job
    where erasing ->> 'failures' is not null and (erasing ->> 'failures')::integer >= ${eraseFailuresListed}
      and ${within(filter, range)}
    order by id limit ${range.limit})`
}

const queryOf: Record<DeadLetter['kind'], typeof archives> = {
  archive: archives,
  callback: callbacks,
  erase: erasures,
}

function within({ clientId }: DeadLetterFilter, { after = null, only }: Range): RawBuilder<boolean> {
  return sql<boolean>`${sql.join(
    [
      sql`true`,
      ...(clientId === null ? [] : [sql`client_id = ${uuidOf('cli', clientId)}::uuid`]),
      ...(after === null ? [] : [sql`id > ${after}::uuid`]),
      ...(only === undefined ? [] : [sql`id = ${only}::uuid`]),
    ],
    sql` and `,
  )}`
}

const deadLetterOfRow = (row: DeadLetterRow): DeadLetter => ({
  id: toId(row.kind === 'callback' ? 'cb' : 'job', row.id),
  kind: row.kind,
  clientId: toId('cli', row.client_id),
  jobId: toId('job', row.job_id),
  what: row.what,
  reason: row.reason,
  tries: row.tries,
  bytes: row.bytes,
  since: row.since.getTime(),
})
