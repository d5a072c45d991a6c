/** Maps callback rows to callbacks. */
import type { Selectable } from 'kysely'
import { toId } from '../../../domain/ids.ts'
import { callbackTypes } from '../../../domain/job.ts'
import type { Callback, CallbackAttempt, CallbackHead } from '../../../ports/callbacks.ts'
import type { CallbackAttemptTable, CallbackTable } from './schema.ts'

/** What retention leaves of a payload. */
export const erasedPayload = '{}'

/** All but the message, which may be megabytes in rows of older versions. */
export const callbackHeadColumns = [
  'id',
  'client_id',
  'job_id',
  'type',
  'url',
  'state',
  'attempts',
  'round_attempts',
  'asked_again',
  'task_id',
  'next_attempt_at',
  'last_status',
  'last_error',
  'created_at',
  'delivered_at',
] as const satisfies readonly (keyof CallbackTable)[]

export const callbackOfRow = (row: Selectable<CallbackTable>): Callback => ({
  ...callbackHeadOfRow(row),
  payload: row.payload,
})

export function callbackHeadOfRow(
  row: Pick<Selectable<CallbackTable>, (typeof callbackHeadColumns)[number]>,
): CallbackHead {
  const type = callbackTypes.find((known) => known === row.type)
  if (type === undefined) throw new TypeError(`unknown callback type ${row.type}`)
  return {
    id: toId('cb', row.id),
    clientId: toId('cli', row.client_id),
    jobId: toId('job', row.job_id),
    type,
    url: row.url,
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
