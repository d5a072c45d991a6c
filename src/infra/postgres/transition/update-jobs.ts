/** Writes the changed columns of several jobs and their new events: one statement per set of columns. */
import { CompiledQuery } from 'kysely'
import type { Change } from '../../../domain/transition/fold.ts'
import { type Trx, together } from '../connection/transaction.ts'
import { jsonRowOf, recordsOf } from '../rows/job-row.ts'
import { storableJson } from '../rows/storable-json.ts'
import { uuidOf } from '../rows/uuids.ts'
import { eventRowsOf, insertEventsFrom } from './insert-events.ts'

/** Throws when a job's version is not the one that was read. */
export async function updateJobs(trx: Trx, changes: readonly Change[]): Promise<void> {
  const groups = new Map<string, Group>()
  for (const change of changes) {
    const { result, ...rest } = change.patch
    const { columns, text } = jsonRowOf(rest)
    const sorted = columns.sort()
    const key = `${resultGroupOf(change)}${sorted.join()}`
    const group = groups.get(key) ?? { columns: sorted, rows: [], results: [], changes: [] }
    groups.set(key, group)
    // A result is never set back to null: an erased one is JSON null.
    if (result !== undefined) group.results.push(result ?? 'null')
    group.rows.push(`${text.slice(0, -1)},"id":"${uuidOf('job', change.after.id)}"}`)
    group.changes.push(change)
  }
  await together(...[...groups.values()].map((group) => updateAlike(trx, group)))
}

/** From this many characters on a result travels alone: the results of one statement are one text for the driver. */
const largeResult = 1024 * 1024

function resultGroupOf({ patch: { result }, after }: Change): string {
  if (result === undefined) return ''
  return (result?.length ?? 0) < largeResult ? 'result ' : `result of ${after.id} `
}

async function updateAlike(trx: Trx, { changes, ...group }: Group): Promise<void> {
  const events = changes.flatMap(eventRowsOf)
  const ids = changes.map(({ after }) => uuidOf('job', after.id))
  const parameters: unknown[] = [`[${group.rows.join()}]`, storableJson(events), ids]
  if (group.results.length > 0) parameters.push(group.results)
  const { rows } = await trx.executeQuery<{ changed: number }>(
    CompiledQuery.raw(statementFor(group), parameters),
  )
  if (rows[0]?.changed !== changes.length) {
    throw new Error(`${changes.map(({ after }) => after.id).join(', ')}: changed under its lock`)
  }
}

/** Changes of the same columns. */
interface Group {
  columns: string[]
  rows: string[]
  /** All changes have a result, or none has. */
  results: string[]
  changes: Change[]
}

/**
 * Results are passed beside the rows, because their strings may hold what PostgreSQL stores in JSON but cannot read
 * as text. The ids are passed again as an array, because the planner overestimates the rows of a JSON parameter and
 * would scan the table.
 */
function statementFor({ columns, results }: Pick<Group, 'columns' | 'results'>): string {
  const sets = columns.map((column) => `"${column}" = given."${column}"`)
  const withResults = results.length > 0
  if (withResults) sets.push(`result = finished.result::json`)
  return `with changed as (
      update job set ${sets.join(', ')}
      from ${recordsOf('$1', 'given', ['id', ...columns])}${withResults ? ' join unnest($3::uuid[], $4::text[]) as finished (id, result) using (id)' : ''}
      where job.id = any($3::uuid[]) and job.id = given.id and job.version = given.version - 1 returning 1
    ),
    events as (${insertEventsFrom('$2')})
    select count(*)::int as changed from changed`
}
