/** Event rows as JSON, for one statement that inserts any number of them. */
import type { Change } from '../../../domain/transition/fold.ts'
import { drawUuids, uuidOf } from '../rows/uuids.ts'

/** The end of a statement that inserts the events in the JSON array of a parameter. */
export const insertEventsFrom = (parameter: string): string =>
  `insert into job_event (job_id, seq, id, type, source, data, created_at)
    select job_id, seq, id, type, source, data, created_at
    from json_populate_recordset(null::job_event, ${parameter}::json)`

/** The events of a change, numbered up to the job's `eventSeq`. */
export function eventRowsOf({ after, transition: { events } }: Pick<Change, 'after' | 'transition'>) {
  const jobId = uuidOf('job', after.id)
  const firstSeq = after.eventSeq - events.length + 1
  const nextUuid = drawUuids(events.length)
  return events.map((event, index) => ({
    job_id: jobId,
    seq: firstSeq + index,
    id: nextUuid(),
    type: event.type,
    source: event.source,
    data: event.data,
    created_at: new Date(after.updatedAt),
  }))
}
