/** Rows of a job's history as JSON, for one statement that writes any number of them. */
import type { EventDraft } from '../../../domain/facts.ts'
import type { Job } from '../../../domain/job.ts'
import { drawUuids, uuidOf } from '../rows/uuids.ts'

/** The end of a statement that inserts the events in the JSON array of a parameter. */
export const insertEventsFrom = (parameter: string): string =>
  `insert into job_event (job_id, seq, id, type, source, data, created_at)
    select job_id, seq, id, type, source, data, created_at
    from json_populate_recordset(null::job_event, ${parameter}::json)`

/** Events that follow the `eventSeq` the job has now. */
export function eventRowsOf(job: Pick<Job, 'id' | 'eventSeq'>, events: readonly EventDraft[], now: number) {
  const jobId = uuidOf('job', job.id)
  const nextUuid = drawUuids(events.length)
  return events.map((event, index) => ({
    job_id: jobId,
    seq: job.eventSeq + index + 1,
    id: nextUuid(),
    type: event.type,
    source: event.source,
    data: event.data,
    created_at: new Date(now),
  }))
}
