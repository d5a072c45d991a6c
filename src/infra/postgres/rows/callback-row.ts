/** Maps callback rows to callbacks. */
import type { Selectable } from 'kysely'
import { toId } from '../../../domain/ids.ts'
import { callbackTypes } from '../../../domain/job.ts'
import type { Callback, CallbackAttempt } from '../../../ports/callbacks.ts'
import type { CallbackAttemptTable, CallbackTable } from './schema.ts'

/** What retention leaves of a payload. */
export const erasedPayload = '{}'

export function callbackOfRow(row: Selectable<CallbackTable>): Callback {
  const type = callbackTypes.find((known) => known === row.type)
  if (type === undefined) throw new TypeError(`unknown callback type ${row.type}`)
  return {
    id: toId('cb', row.id),
    clientId: toId('cli', row.client_id),
    jobId: toId('job', row.job_id),
    type,
    url: row.url,
    payload: row.payload,
    state: row.state,
    attempts: row.attempts,
    roundAttempts: row.round_attempts,
    askedAgain: row.asked_again,
    taskId: row.task_id,
    nextAttemptAt: row.next_attempt_at?.getTime() ?? null,
    lastStatus: row.last_status,
    lastError: row.last_error,
    createdAt: row.created_at.getTime(),
    deliveredAt: row.delivered_at?.getTime() ?? null,
  }
}

export function attemptOfRow(row: Selectable<CallbackAttemptTable>): CallbackAttempt {
  return {
    number: row.number,
    startedAt: row.started_at.getTime(),
    durationMs: row.duration_ms,
    status: row.status,
    error: row.error,
    answer: row.answer,
  }
}
