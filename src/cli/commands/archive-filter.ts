/** The options by which archive commands choose jobs: client, job and time of creation. */
import { toUuid } from '../../domain/ids.ts'
import { UsageError } from '../terminal/arguments.ts'

export const filterOptions = {
  client: { type: 'string' },
  job: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
} as const

export const filterUsage = `  --client cli_…     jobs of this client only
  --job job_…        this job only
  --since TIME       created at or after, e.g. 2026-11-01 or 2026-11-01T12:00:00Z
  --until TIME       created before`

export interface ChosenJobs {
  clientId?: string
  jobId?: string
  since?: number
  until?: number
}

/** Throws UsageError. */
export function readFilter(values: { [K in keyof typeof filterOptions]?: string | undefined }): ChosenJobs {
  const filter: ChosenJobs = {}
  if (values.client !== undefined) filter.clientId = checkedId('cli', values.client, '--client')
  if (values.job !== undefined) filter.jobId = checkedId('job', values.job, '--job')
  if (values.since !== undefined) filter.since = timeOf(values.since, '--since')
  if (values.until !== undefined) filter.until = timeOf(values.until, '--until')
  return filter
}

export function checkedId(prefix: 'cli' | 'job', text: string, name: string): string {
  if (toUuid(prefix, text) === null) throw new UsageError(`${name}: "${text}" is not an id like ${prefix}_…`)
  return text
}

function timeOf(text: string, name: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new UsageError(`${name}: "${text}" is not a time like 2026-11-01T12:00:00Z`)
  return time
}
