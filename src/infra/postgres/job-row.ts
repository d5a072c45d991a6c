/** Between the job row and the Job of the code: the one place that knows both spellings. Loses nothing either way. */
import type { Selectable } from 'kysely'
import { parseExact } from '../../domain/exact-json.ts'
import { toId, toUuid } from '../../domain/ids.ts'
import type { Job, JobEvent } from '../../domain/job.ts'
import type { JobEventTable, JobTable } from './schema.ts'
import { storableJson } from './storable-json.ts'

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
 * result is JSON text already, of which nothing may change: whoever writes it hands it over as it is.
 */
export function jsonRowOf(patch: Omit<Partial<Job>, 'result'>): { columns: string[]; text: string } {
  const row: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(patch)) {
    const [column, write] = columns[field as keyof Job]
    row[column] = value === null || write === undefined ? value : write(value as never)
  }
  return { columns: Object.keys(row), text: storableJson(row) }
}

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

/** The UUID of an id that this code made itself. Throws on any other text. */
export function uuidOf(prefix: 'job' | 'cli' | 'evt' | 'key' | 'cb', id: string): string {
  const uuid = toUuid(prefix, id)
  if (uuid === null) throw new TypeError(`not a ${prefix}_ id: ${id}`)
  return uuid
}

const millis = (date: Date | null): number | null => date?.getTime() ?? null

const date = (value: number): Date => new Date(value)
const jobUuid = (id: string): string => uuidOf('job', id)
const clientUuid = (id: string): string => uuidOf('cli', id)
const keyUuid = (id: string): string => uuidOf('key', id)

const columns: { [K in keyof Job]: readonly [keyof JobTable, ((value: never) => unknown)?] } = {
  id: ['id', jobUuid],
  clientId: ['client_id', clientUuid],
  apiKeyId: ['api_key_id', keyUuid],
  userId: ['user_id'],
  model: ['model'],
  endpointId: ['endpoint_id'],
  kind: ['kind'],
  promisesMedia: ['promises_media'],
  metadata: ['metadata'],
  params: ['params'],
  input: ['input'],
  extraInput: ['extra_input'],
  warnings: ['warnings'],
  queue: ['queue'],
  archiveWanted: ['archive_wanted'],
  status: ['status'],
  submission: ['submission'],
  submitAttempts: ['submit_attempts'],
  submitRun: ['submit_run'],
  webhookToken: ['webhook_token'],
  webhookAsked: ['webhook_asked'],
  uncertainSince: ['uncertain_since', date],
  cancelRequestedAt: ['cancel_requested_at', date],
  deadlineAt: ['deadline_at', date],
  turn: ['turn'],
  turnAt: ['turn_at', date],
  traceparent: ['traceparent'],
  requestId: ['request_id'],
  gatewayRequestId: ['gateway_request_id'],
  statusUrl: ['status_url'],
  responseUrl: ['response_url'],
  cancelUrl: ['cancel_url'],
  falKeyRef: ['fal_key_ref'],
  falStatus: ['fal_status'],
  falUserId: ['fal_user_id'],
  inferenceSeconds: ['inference_seconds'],
  progress: ['progress'],
  queuePosition: ['queue_position'],
  expectedSeconds: ['expected_seconds'],
  estimatedMicros: ['estimated_micros'],
  actualMicros: ['actual_micros'],
  reservedMicros: ['reserved_micros'],
  budgetMicros: ['budget_micros'],
  result: ['result'],
  media: ['media'],
  error: ['error'],
  archiveStatus: ['archive_status'],
  archiveAttempts: ['archive_attempts'],
  archiveError: ['archive_error'],
  archivedAt: ['archived_at', date],
  retryOf: ['retry_of', jobUuid],
  erasedAt: ['erased_at', date],
  erasing: ['erasing'],
  callbackUrl: ['callback_url'],
  callbackEvents: ['callback_events'],
  pollAttempts: ['poll_attempts'],
  nextPollAt: ['next_poll_at', date],
  falCompletedAt: ['fal_completed_at', date],
  createdAt: ['created_at', date],
  submittedAt: ['submitted_at', date],
  startedAt: ['started_at', date],
  completedAt: ['completed_at', date],
  updatedAt: ['updated_at', date],
  eventSeq: ['event_seq'],
  version: ['version'],
}

/** By name, so that a column which a later version adds does not change what a prepared statement returns. */
export const jobColumns: readonly (keyof JobTable)[] = Object.values(columns).map(([column]) => column)
