/** New job rows and their `job.created` events, any number of jobs in one statement. */
import { CompiledQuery } from 'kysely'
import { v7 as newUuid } from 'uuid'
import type { EventSource, Job } from '../../domain/job.ts'
import { jsonRowOfJob, uuidOf } from './job-row.ts'
import type { Trx } from './transaction.ts'

export async function insertJobs(trx: Trx, jobs: readonly Job[], source: EventSource): Promise<void> {
  const rows = jobs.map(jsonRowOfJob)
  const events = jobs.map((job) => ({
    job_id: uuidOf('job', job.id),
    seq: job.eventSeq,
    id: newUuid(),
    type: 'job.created',
    source,
    data: { model: job.model, endpointId: job.endpointId, estimatedMicros: job.estimatedMicros },
    created_at: new Date(job.createdAt),
  }))
  await trx.executeQuery(
    CompiledQuery.raw(statementFor(rows), [JSON.stringify(rows), JSON.stringify(events)]),
  )
}

/** Only columns that some row sets: the others keep their default. Few sets occur, so each is prepared once. */
function statementFor(rows: readonly Record<string, unknown>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort()
  const known = statements.get(columns.join())
  if (known !== undefined) return known
  const list = columns.map((column) => `"${column}"`).join(', ')
  const statement = `
    with made as (
      insert into job (${list}) select ${list} from json_populate_recordset(null::job, $1::json)
    )
    insert into job_event (job_id, seq, id, type, source, data, created_at)
    select job_id, seq, id, type, source, data, created_at from json_populate_recordset(null::job_event, $2::json)`
  statements.set(columns.join(), statement)
  return statement
}

const statements = new Map<string, string>()
