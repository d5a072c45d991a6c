/** Between the job row and the Job of the code, by the table of columns. Loses nothing either way. */
import type { Job } from '../../../domain/job.ts'
import { columnOf, type JobTable } from './job-columns.ts'
import { storableJson } from './storable-json.ts'

/**
 * Compiled from the columns once, to the object literal that one would write by hand: a loop over all columns takes five
 * times as long for each row that is read.
 */
export const jobOfRow: (row: JobTable) => Job = compileReader()

function compileReader(): (row: JobTable) => Job {
  const fields = Object.entries(columnOf)
  const members = fields.map(([field, { name, read }], index) => {
    const stored = `row.${name}`
    return `${field}: ${read === null ? stored : `${stored} === null ? null : read[${index}](${stored})`}`
  })
  const readers = fields.map(([, { read }]) => read)
  return new Function('read', `return (row) => ({ ${members.join(', ')} })`)(readers)
}

/**
 * The fields of `patch` but the result as a JSON object for `recordsOf`, and the columns it sets. The result is JSON text
 * already, of which nothing may change: what writes it hands it over as it is. Of a new row, what is null is left out and
 * keeps its default.
 */
export function jsonRowOf(
  patch: Omit<Partial<Job>, 'result'>,
  kind: 'patch' | 'new' = 'patch',
): { columns: string[]; text: string } {
  const row: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null && kind === 'new') continue
    const { name, write } = columnOf[field as keyof Job]
    row[name] = value === null || write === null ? value : write(value as never)
  }
  return { columns: Object.keys(row), text: storableJson(row) }
}

const typeOf = new Map<string, string>(Object.values(columnOf).map(({ name, type }) => [name, type]))

/**
 * What reads rows of `jsonRowOf` from a parameter, as `name`. With the columns named it costs PostgreSQL less than
 * `json_populate_recordset`, which makes room for all that a job has and looks for each of them.
 */
export function recordsOf(parameter: string, name: string, of: readonly string[]): string {
  const typed = of.map((column) => `"${column}" ${typeOf.get(column)}`)
  return `json_to_recordset(${parameter}::json) as ${name} (${typed.join(', ')})`
}
