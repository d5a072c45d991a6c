/** Between the job row and the Job of the code: the one place that knows both spellings. Loses nothing either way. */
import type { Selectable } from 'kysely'
import { parseExact } from '../../../domain/exact-json.ts'
import { toId } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import type { JobTable } from './schema.ts'
import { storableJson } from './storable-json.ts'
import { uuidOf } from './uuids.ts'

export function jobOfRow(row: Selectable<JobTable>): Job {
  return {
    id: toId('job', row.id),
    clientId: toId('cli', row.client_id),
    apiKeyId: row.api_key_id === null ? null : toId('key', row.api_key_id),
    userId: row.user_id,
    model: row.model,
    endpointId: row.endpoint_id,
    kind: row.kind as Job['kind'],
    promisesMedia: row.promises_media,
    metadata: row.metadata,
    params: parseExact(row.params) as Job['params'],
    input: JSON.parse(row.input) as Job['input'],
    extraInput: row.extra_input === null ? null : (JSON.parse(row.extra_input) as Job['extraInput']),
    warnings: JSON.parse(row.warnings) as Job['warnings'],
    queue: JSON.parse(row.queue) as Job['queue'],
    archiveWanted: row.archive_wanted,
    status: row.status as Job['status'],
    submission: row.submission as Job['submission'],
    submitAttempts: row.submit_attempts,
    submitRun: row.submit_run,
    webhookToken: row.webhook_token,
    webhookAsked: row.webhook_asked,
    uncertainSince: millis(row.uncertain_since),
    cancelRequestedAt: millis(row.cancel_requested_at),
    deadlineAt: millis(row.deadline_at),
    turn: row.turn as Job['turn'],
    turnAt: millis(row.turn_at),
    traceparent: row.traceparent,
    requestId: row.request_id,
    gatewayRequestId: row.gateway_request_id,
    statusUrl: row.status_url,
    responseUrl: row.response_url,
    cancelUrl: row.cancel_url,
    falKeyRef: row.fal_key_ref,
    falStatus: row.fal_status,
    falUserId: row.fal_user_id,
    inferenceSeconds: row.inference_seconds,
    progress: row.progress,
    queuePosition: row.queue_position,
    expectedSeconds: row.expected_seconds,
    estimatedMicros: row.estimated_micros,
    actualMicros: row.actual_micros,
    reservedMicros: row.reserved_micros,
    budgetMicros: row.budget_micros,
    result: row.result,
    media: JSON.parse(row.media) as Job['media'],
    error: row.error === null ? null : (JSON.parse(row.error) as Job['error']),
    archiveStatus: row.archive_status as Job['archiveStatus'],
    archiveAttempts: row.archive_attempts,
    archiveError: row.archive_error,
    archivedAt: millis(row.archived_at),
    retryOf: row.retry_of === null ? null : toId('job', row.retry_of),
    erasedAt: millis(row.erased_at),
    erasing: row.erasing === null ? null : (JSON.parse(row.erasing) as Job['erasing']),
    callbackUrl: row.callback_url,
    callbackEvents: row.callback_events as Job['callbackEvents'],
    pollAttempts: row.poll_attempts,
    nextPollAt: millis(row.next_poll_at),
    falCompletedAt: millis(row.fal_completed_at),
    createdAt: row.created_at.getTime(),
    submittedAt: millis(row.submitted_at),
    startedAt: millis(row.started_at),
    completedAt: millis(row.completed_at),
    updatedAt: row.updated_at.getTime(),
    eventSeq: row.event_seq,
    version: row.version,
  }
}

/**
 * The fields of `patch` but the result as a JSON object for `json_populate_recordset`, and the columns it sets. The
 * result is JSON text already, of which nothing may change: whoever writes it hands it over as it is. Of a new row, what
 * is null is left out and keeps its default.
 */
export function jsonRowOf(
  patch: Omit<Partial<Job>, 'result'>,
  kind: 'patch' | 'new' = 'patch',
): { columns: string[]; text: string } {
  const row: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null && kind === 'new') continue
    const [column, , write] = columns[field as keyof Job]
    row[column] = value === null || write === undefined ? value : write(value as never)
  }
  return { columns: Object.keys(row), text: storableJson(row) }
}

const millis = (date: Date | null): number | null => date?.getTime() ?? null

const date = (value: number): Date => new Date(value)
const jobUuid = (id: string): string => uuidOf('job', id)
const clientUuid = (id: string): string => uuidOf('cli', id)
const keyUuid = (id: string): string => uuidOf('key', id)

/** As PostgreSQL spells them. */
type ColumnType =
  | 'uuid'
  | 'text'
  | 'text[]'
  | 'boolean'
  | 'integer'
  | 'bigint'
  | 'double precision'
  | 'timestamp with time zone'
  | 'json'
  | 'jsonb'

const columns: { [K in keyof Job]: readonly [keyof JobTable, ColumnType, ((value: never) => unknown)?] } = {
  id: ['id', 'uuid', jobUuid],
  clientId: ['client_id', 'uuid', clientUuid],
  apiKeyId: ['api_key_id', 'uuid', keyUuid],
  userId: ['user_id', 'text'],
  model: ['model', 'text'],
  endpointId: ['endpoint_id', 'text'],
  kind: ['kind', 'text'],
  promisesMedia: ['promises_media', 'boolean'],
  metadata: ['metadata', 'jsonb'],
  params: ['params', 'json'],
  input: ['input', 'json'],
  extraInput: ['extra_input', 'json'],
  warnings: ['warnings', 'json'],
  queue: ['queue', 'json'],
  archiveWanted: ['archive_wanted', 'boolean'],
  status: ['status', 'text'],
  submission: ['submission', 'text'],
  submitAttempts: ['submit_attempts', 'integer'],
  submitRun: ['submit_run', 'text'],
  webhookToken: ['webhook_token', 'text'],
  webhookAsked: ['webhook_asked', 'boolean'],
  uncertainSince: ['uncertain_since', 'timestamp with time zone', date],
  cancelRequestedAt: ['cancel_requested_at', 'timestamp with time zone', date],
  deadlineAt: ['deadline_at', 'timestamp with time zone', date],
  turn: ['turn', 'text'],
  turnAt: ['turn_at', 'timestamp with time zone', date],
  traceparent: ['traceparent', 'text'],
  requestId: ['request_id', 'text'],
  gatewayRequestId: ['gateway_request_id', 'text'],
  statusUrl: ['status_url', 'text'],
  responseUrl: ['response_url', 'text'],
  cancelUrl: ['cancel_url', 'text'],
  falKeyRef: ['fal_key_ref', 'text'],
  falStatus: ['fal_status', 'text'],
  falUserId: ['fal_user_id', 'text'],
  inferenceSeconds: ['inference_seconds', 'double precision'],
  progress: ['progress', 'double precision'],
  queuePosition: ['queue_position', 'integer'],
  expectedSeconds: ['expected_seconds', 'double precision'],
  estimatedMicros: ['estimated_micros', 'bigint'],
  actualMicros: ['actual_micros', 'bigint'],
  reservedMicros: ['reserved_micros', 'bigint'],
  budgetMicros: ['budget_micros', 'bigint'],
  result: ['result', 'json'],
  media: ['media', 'json'],
  error: ['error', 'json'],
  archiveStatus: ['archive_status', 'text'],
  archiveAttempts: ['archive_attempts', 'integer'],
  archiveError: ['archive_error', 'text'],
  archivedAt: ['archived_at', 'timestamp with time zone', date],
  retryOf: ['retry_of', 'uuid', jobUuid],
  erasedAt: ['erased_at', 'timestamp with time zone', date],
  erasing: ['erasing', 'json'],
  callbackUrl: ['callback_url', 'text'],
  callbackEvents: ['callback_events', 'text[]'],
  pollAttempts: ['poll_attempts', 'integer'],
  nextPollAt: ['next_poll_at', 'timestamp with time zone', date],
  falCompletedAt: ['fal_completed_at', 'timestamp with time zone', date],
  createdAt: ['created_at', 'timestamp with time zone', date],
  submittedAt: ['submitted_at', 'timestamp with time zone', date],
  startedAt: ['started_at', 'timestamp with time zone', date],
  completedAt: ['completed_at', 'timestamp with time zone', date],
  updatedAt: ['updated_at', 'timestamp with time zone', date],
  eventSeq: ['event_seq', 'integer'],
  version: ['version', 'integer'],
}

/** By name, so that a column which a later version adds does not change what a prepared statement returns. */
export const jobColumns: readonly (keyof JobTable)[] = Object.values(columns).map(([column]) => column)

const typeOf = new Map<string, ColumnType>(Object.values(columns).map(([column, type]) => [column, type]))

/**
 * What reads rows of `jsonRowOf` from a parameter, as `name`. With the columns named it costs PostgreSQL less than
 * `json_populate_recordset`, which makes room for all that a job has and looks for each of them.
 */
export function recordsOf(parameter: string, name: string, of: readonly string[]): string {
  const typed = of.map((column) => `"${column}" ${typeOf.get(column)}`)
  return `json_to_recordset(${parameter}::json) as ${name} (${typed.join(', ')})`
}
