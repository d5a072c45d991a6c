/** Maps event rows to job events. */
import type { Selectable } from 'kysely'
import { toId } from '../../../domain/ids.ts'
import type { JobEvent } from '../../../domain/job.ts'
import type { JobEventTable } from './schema.ts'

export function eventOfRow(row: Selectable<JobEventTable>): JobEvent {
  return {
    id: toId('evt', row.id),
    jobId: toId('job', row.job_id),
    seq: row.seq,
    type: row.type as JobEvent['type'],
    source: row.source as JobEvent['source'],
    data: JSON.parse(row.data) as JobEvent['data'],
    createdAt: row.created_at.getTime(),
  }
}
