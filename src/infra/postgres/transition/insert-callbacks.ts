/** Keeps what a transition has to tell its client: row and task in the transition's own transaction, payload and all. */
import { v7 as newUuid, v5 as uuidFrom } from 'uuid'
import { toId } from '../../../domain/ids.ts'
import { type CallbackType, type Job, wantedByDefault } from '../../../domain/job.ts'
import type { TaskQueue, TaskScheduler } from '../../../ports/tasks.ts'
import { plain, type Trx } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'

export interface CallbackMeans {
  scheduler: TaskScheduler
  /** The job as a callback shows it: the `data` of its payload. */
  callbackData: (job: Job) => unknown
}

/** Queues that received work. `job` is as it is after the transition. */
export async function insertCallbacks(
  trx: Trx,
  { scheduler, callbackData }: CallbackMeans,
  job: Job,
  types: readonly CallbackType[],
  now: number,
): Promise<TaskQueue[]> {
  const { callbackUrl } = job
  if (callbackUrl === null) return []
  const wanted = types.filter((type) => (job.callbackEvents ?? wantedByDefault).includes(type))
  if (wanted.length === 0) return []
  const at = new Date(now)
  const data = callbackData(job)
  const rows = wanted.map((type) => {
    const id = newUuid()
    return {
      id,
      client_id: uuidOf('cli', job.clientId),
      job_id: uuidOf('job', job.id),
      type,
      url: callbackUrl,
      payload: JSON.stringify({ type, timestamp: at.toISOString(), data }),
      state: 'pending' as const,
      task_id: callbackTaskId(id, 'first'),
      next_attempt_at: at,
      created_at: at,
    }
  })
  await trx.insertInto('callback').values(rows).execute()
  await scheduler.schedule(
    plain(trx),
    rows.map((row) => ({ queue: 'callback', id: row.task_id, subject: toId('cb', row.id) })),
  )
  return ['callback']
}

/** Derived from what brought the try about (the task before it, a request to deliver again): scheduled once. */
export const callbackTaskId = (callbackUuid: string, cause: string): string =>
  uuidFrom(`callback:${cause}`, callbackUuid)
