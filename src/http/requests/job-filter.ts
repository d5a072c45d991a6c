/** Parses the query of a job list into a filter; invalid values are refused with a pointer. */
import { AppError } from '../../domain/errors.ts'
import { type JobStatus, jobStatuses } from '../../domain/job.ts'
import { findCurated } from '../../models/catalogue.ts'
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
  throw refused(pointer, 'Not a position issued by this service.', 'invalid_cursor')
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

/** Synonyms are resolved to the alias that jobs store. An endpoint id is matched as it is. */
const aliasOf = (model: string): string =>
  model.includes('/') ? model : (findCurated(model)?.alias ?? model)

/** The schema's format accepts leap seconds, which are refused here. */
function timeOf(name: string, text: string): number {
  const time = Date.parse(text)
  if (!Number.isNaN(time)) return time
  throw refused(`#/query/${name}`, 'Not a valid date-time.', 'format')
}

function refused(pointer: string, message: string, code: string): AppError {
  return new AppError('INVALID_PARAMS', message, { errors: [{ pointer, message, code }] })
}
