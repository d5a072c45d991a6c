/** The query of a job list as the filter the store knows; what it cannot mean is refused with the place to fix. */
import { AppError } from '../../domain/errors.ts'
import { type JobStatus, jobStatuses } from '../../domain/job.ts'
import { findModel } from '../../models/catalogue.ts'
import type { JobFilter } from '../../ports/job-store.ts'

export interface ListQuery {
  status?: string
  model?: string
  kind?: JobFilter['kind']
  userId?: string
  createdAfter?: string
  createdBefore?: string
  archiveStatus?: JobFilter['archiveStatus']
}

const metadataPrefix = 'metadata.'

/** @throws AppError INVALID_PARAMS. */
export function filterOf(clientId: string, query: ListQuery): JobFilter {
  const filter: JobFilter = { clientId }
  if (query.status !== undefined) filter.status = statusesOf(query.status)
  if (query.model !== undefined) filter.model = aliasOf(query.model)
  if (query.kind !== undefined) filter.kind = query.kind
  if (query.userId !== undefined) filter.userId = query.userId
  if (query.createdAfter !== undefined) filter.createdAfter = timeOf('createdAfter', query.createdAfter)
  if (query.createdBefore !== undefined) filter.createdBefore = timeOf('createdBefore', query.createdBefore)
  if (query.archiveStatus !== undefined) filter.archiveStatus = query.archiveStatus
  const metadata = Object.entries(query)
    .filter(([name]) => name.startsWith(metadataPrefix))
    .map(([name, value]): [string, string] => [name.slice(metadataPrefix.length), String(value)])
  if (metadata.length > 0) filter.metadata = Object.fromEntries(metadata)
  return filter
}

/** A position in a job's history, from a cursor, `?after=` or `Last-Event-ID`. @throws AppError INVALID_PARAMS. */
export function seqOf(text: string | undefined, pointer: string): number {
  if (text === undefined || text === '') return 0
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw refused(pointer, 'This is not a position that this service gave.', 'invalid_cursor')
}

function statusesOf(list: string): JobStatus[] {
  return list.split(',').map((status) => {
    const known = jobStatuses.find((name) => name === status.trim())
    if (known !== undefined) return known
    throw new AppError('INVALID_PARAMS', `There is no status "${status}", only ${jobStatuses.join(', ')}.`, {
      errors: [{ pointer: '#/query/status', message: 'Unknown status.', code: 'enum', allowed: jobStatuses }],
    })
  })
}

/** Jobs carry the alias that a synonym stood for. An endpoint id is looked for as it is. */
const aliasOf = (model: string): string => (model.includes('/') ? model : (findModel(model)?.alias ?? model))

/** The format lets leap seconds pass, which no clock here knows. */
function timeOf(name: string, text: string): number {
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return time
  throw refused(`#/query/${name}`, 'This time does not exist.', 'format')
}

function refused(pointer: string, message: string, code: string): AppError {
  return new AppError('INVALID_PARAMS', message, { errors: [{ pointer, message, code }] })
}
