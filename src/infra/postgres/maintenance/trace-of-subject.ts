/** The trace of a task's subject: of the job, or of the job that a callback is about. */
import type { Kysely } from 'kysely'
import { toUuid } from '../../../domain/ids.ts'
import type { Database } from '../rows/schema.ts'

export async function traceOfSubject(db: Kysely<Database>, subject: string): Promise<string | null> {
  const job = toUuid('job', subject)
  const callback = toUuid('cb', subject)
  if (job === null && callback === null) return null
  const query = db.selectFrom('job').select('traceparent')
  const found =
    job === null
      ? query.where('id', '=', db.selectFrom('callback').select('job_id').where('id', '=', callback))
      : query.where('id', '=', job)
  return (await found.executeTakeFirst())?.traceparent ?? null
}
