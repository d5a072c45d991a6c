/** Inserts the callbacks of a change: row and task in the change's own transaction. */
import { v7 as newUuid, v5 as uuidFrom } from 'uuid'
import type { CallbackMessage } from '../../../domain/callbacks/callback-message.ts'
import { toId } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { TaskScheduler } from '../../../ports/tasks.ts'
import { plain, type Trx } from '../connection/transaction.ts'
import { uuidOf } from '../rows/uuids.ts'

/** At least one message, all of one job. */
export async function insertCallbacks(
  trx: Trx,
  scheduler: TaskScheduler,
  job: Pick<Job, 'id' | 'clientId'>,
  messages: readonly CallbackMessage[],
  now: number,
): Promise<void> {
  const at = new Date(now)
  const rows = messages.map((message) => {
    const id = newUuid()
    return {
      id,
      client_id: uuidOf('cli', job.clientId),
      job_id: uuidOf('job', job.id),
      ...message,
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
}

/** Derived from the cause of the attempt (the previous task, a redelivery), so that it is scheduled once. */
export const callbackTaskId = (callbackUuid: string, cause: string): string =>
  uuidFrom(`callback:${cause}`, callbackUuid)
