/** Writes the changed columns of several jobs and their new events: one statement for each set of columns that occurs. */
import { CompiledQuery } from 'kysely'
import type { EventDraft } from '../../domain/facts.ts'
import type { Job } from '../../domain/job.ts'
import { eventRowsOf, insertEventsFrom } from './insert-events.ts'
import { jsonRowOf, uuidOf } from './job-row.ts'
import type { Trx } from './transaction.ts'

export interface JobChange {
  /** As it was read, under its lock. */
  job: Job
  /** Holds the next version: the compare of compare-and-set. */
  patch: Partial<Job>
  transition: { events: readonly EventDraft[] }
  now: number
}

/** Throws when a job is no longer what was read. */
export async function updateJobs(trx: Trx, changes: readonly JobChange[]): Promise<void> {
  const groups = new Map<string, { columns: string[]; rows: string[]; changes: JobChange[] }>()
  for (const change of changes) {
    const { columns, text } = jsonRowOf(change.patch)
    const sorted = columns.sort()
    const group = groups.get(sorted.join()) ?? { columns: sorted, rows: [], changes: [] }
    groups.set(sorted.join(), group)
    group.rows.push(`${text.slice(0, -1)},"id":"${uuidOf('job', change.job.id)}"}`)
    group.changes.push(change)
  }
  for (const group of groups.values()) {
    const events = group.changes.flatMap(({ job, transition, now }) =>
      eventRowsOf(job, transition.events, now),
    )
    const { rows } = await trx.executeQuery<{ changed: number }>(
      CompiledQuery.raw(statementFor(group.columns), [`[${group.rows.join()}]`, JSON.stringify(events)]),
    )
    if (rows[0]?.changed !== group.changes.length) {
      throw new Error(`${group.changes.map(({ job }) => job.id).join(', ')}: changed under its lock`)
    }
  }
}

function statementFor(columns: readonly string[]): string {
  const sets = columns.map((column) => `"${column}" = ${newValueOf(column)}`).join(', ')
  const list = ['id', ...columns].map((column) => `"${column}"`).join(', ')
  return `with given as (select ${list} from json_populate_recordset(null::job, $1::json)),
    changed as (
      update job set ${sets} from given where job.id = given.id and job.version = given.version - 1 returning 1
    ),
    told as (${insertEventsFrom('$2')})
    select count(*)::int as changed from changed`
}

/** A result is never taken back, and may be JSON's own null, which reads as SQL's. */
const newValueOf = (column: string): string =>
  column === 'result' ? `coalesce(given.result, 'null'::json)` : `given."${column}"`
