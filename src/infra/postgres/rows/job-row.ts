/** Maps job rows to jobs and back by the table of columns. Lossless both ways. */
import type { Job } from '../../../domain/job.ts'
import { columnOf, type JobRow } from './job-columns.ts'
import { storableJson } from './storable-json.ts'

/**
 * Compiled from the columns once, to an object literal as written by hand: a loop over all columns takes five times
 * as long per row.
 */
export const jobOfRow: (row: JobRow) => Job = compileReader()

function compileReader(): (row: JobRow) => Job {
  const fields = Object.entries(columnOf)
  const members = fields.map(([field, { name, read }], index) => {
    const stored = `row.${name}`
    return `${field}: ${read === null ? stored : `${stored} === null ? null : read[${index}](${stored})`}`
  })
  members.push('omittedResultBytes: row.omitted_result_bytes')
  const readers = fields.map(([, { read }]) => read)
  return new Function('read', `return (row) => ({ ${members.join(', ')} })`)(readers)
}

/**
 * The fields of `patch` but the result as a JSON object for `recordsOf`, and the columns it sets. The result is JSON
 * text already and is passed on unchanged by its writer.
 */
export function jsonRowOf(patch: Omit<Partial<Job>, 'result'>): { columns: string[]; text: string } {
  const row = rowOf(patch, 'patch')
  return { columns: Object.keys(row), text: storableJson(row) }
}

/** A new row: null fields are omitted and keep their default. `fullInput`: what FAL is sent, where `job.input` only names its `data:` URIs. */
export function jsonRowOfNew(
  job: Job,
  fullInput: Record<string, unknown> | null,
): { columns: string[]; text: string } {
  const row = rowOf(job, 'new')
  if (fullInput !== null) Object.assign(row, { input_brief: row.input, input: fullInput })
  return { columns: Object.keys(row), text: storableJson(row) }
}

function rowOf(patch: Omit<Partial<Job>, 'result'>, kind: 'patch' | 'new'): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null && kind === 'new') continue
    if (field === 'omittedResultBytes') continue
    const { name, write } = columnOf[field as keyof typeof columnOf]
    row[name] = value === null || write === null ? value : write(value as never)
  }
  return row
}

const typeOf = new Map<string, string>([
  ...Object.values(columnOf).map(({ name, type }): [string, string] => [name, type]),
  ['input_brief', columnOf.input.type],
])

/**
 * What reads rows of `jsonRowOf` from a parameter, as `name`. Naming the columns is cheaper than
 * `json_populate_recordset`, which allocates and looks up every column of a job.
 */
export function recordsOf(parameter: string, name: string, of: readonly string[]): string {
  const typed = of.map((column) => `"${column}" ${typeOf.get(column)}`)
  return `json_to_recordset(${parameter}::json) as ${name} (${typed.join(', ')})`
}
