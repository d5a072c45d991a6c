/**
 * The columns of the job table, each declared once: its name, its type in PostgreSQL, and how a value comes out of a row
 * and goes into one. What Kysely knows of the table, what reads a row and what writes one are derived from this.
 */
import { sql } from 'kysely'
import { parseExact } from '../../../domain/exact-json.ts'
import { toId } from '../../../domain/ids.ts'
import type { Job } from '../../../domain/job.ts'
import { uuidOf } from './uuids.ts'

/** PostgreSQL's names of types. */
type SqlType =
  | 'uuid'
  | 'text'
  | 'text[]'
  | 'boolean'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'double precision'
  | 'timestamp with time zone'
  | 'json'
  | 'jsonb'

/** `Stored` is the driver's value, `Value` that of the code; neither is null. */
interface Codec<Stored, Value> {
  type: SqlType
  /** null: stored as it is. */
  read: ((stored: Stored) => Value) | null
  /** To a member of a row that travels as JSON. null: it is the value itself. */
  write: ((value: Value) => unknown) | null
}

interface Column<Name extends string, Stored, Value> extends Codec<Stored, Value> {
  name: Name
}

const column = <Name extends string, Stored, Value>(
  name: Name,
  codec: Codec<Stored, Value>,
): Column<Name, Stored, Value> => ({ name, ...codec })

const asStored = <T>(type: SqlType): Codec<T, T> => ({ type, read: null, write: null })

/** A text restricted by a CHECK constraint. */
const text = <T extends string>(): Codec<T, T> => asStored('text')
const flag = asStored<boolean>('boolean')
const integer = asStored<number>('integer')
/** Micro-USD. */
const bigint = asStored<number>('bigint')
const real = asStored<number>('double precision')

const id = (prefix: 'job' | 'cli' | 'key'): Codec<string, string> => ({
  type: 'uuid',
  read: (uuid) => toId(prefix, uuid),
  write: (value) => uuidOf(prefix, value),
})

/** Epoch milliseconds. */
const time: Codec<Date, number> = {
  type: 'timestamp with time zone',
  read: (date) => date.getTime(),
  write: (value) => new Date(value),
}

const json = <T>(): Codec<string, T> => ({
  type: 'json',
  read: (stored) => JSON.parse(stored) as T,
  write: null,
})

/** Integers beyond 2^53 are preserved. */
const exactJson = <T>(): Codec<string, T> => ({
  type: 'json',
  read: (stored) => parseExact(stored) as T,
  write: null,
})

// biome-ignore lint/suspicious/noExplicitAny: how a column is stored is its own affair
type ColumnsOfJob = { [F in StoredField]: Column<string, any, NonNullable<Job[F]>> }

/** Computed by each read: the size of a result that the read leaves out. */
type StoredField = Exclude<keyof Job, 'omittedResultBytes'>

export const columnOf = {
  id: column('id', id('job')),
  clientId: column('client_id', id('cli')),
  apiKeyId: column('api_key_id', id('key')),
  userId: column('user_id', text()),
  model: column('model', text()),
  endpointId: column('endpoint_id', text()),
  kind: column('kind', text()),
  modelVersion: column('model_version', integer),
  promisesMedia: column('promises_media', flag),
  mainFile: column('main_file', text()),
  metadata: column('metadata', asStored('jsonb')),
  params: column('params', exactJson()),
  input: column('input', json()),
  extraInput: column('extra_input', json()),
  warnings: column('warnings', json()),
  queue: column('queue', json()),
  archiveWanted: column('archive_wanted', flag),
  status: column('status', text()),
  submission: column('submission', text()),
  submitAttempts: column('submit_attempts', integer),
  submitRun: column('submit_run', text()),
  webhookToken: column('webhook_token', text()),
  webhookAsked: column('webhook_asked', flag),
  uncertainSince: column('uncertain_since', time),
  cancelRequestedAt: column('cancel_requested_at', time),
  deadlineAt: column('deadline_at', time),
  turn: column('turn', text()),
  turnAt: column('turn_at', time),
  traceparent: column('traceparent', text()),
  requestId: column('request_id', text()),
  gatewayRequestId: column('gateway_request_id', text()),
  statusUrl: column('status_url', text()),
  responseUrl: column('response_url', text()),
  cancelUrl: column('cancel_url', text()),
  falKeyRef: column('fal_key_ref', text()),
  falStatus: column('fal_status', text()),
  awaiting: column('awaiting', text()),
  falUserId: column('fal_user_id', text()),
  inferenceSeconds: column('inference_seconds', real),
  progress: column('progress', real),
  queuePosition: column('queue_position', integer),
  expectedSeconds: column('expected_seconds', real),
  estimatedMicros: column('estimated_micros', bigint),
  atMostMicros: column('at_most_micros', bigint),
  maxCostMicros: column('max_cost_micros', bigint),
  priceConfidence: column('price_confidence', text()),
  actualMicros: column('actual_micros', bigint),
  costSource: column('cost_source', text()),
  billableUnits: column('billable_units', asStored<string>('numeric')),
  billedAs: column('billed_as', text()),
  settledAt: column('settled_at', time),
  settleAt: column('settle_at', time),
  settleAttempts: column('settle_attempts', integer),
  chargedMicros: column('charged_micros', bigint),
  openAtFal: column('open_at_fal', flag),
  reservedMicros: column('reserved_micros', bigint),
  budgetMicros: column('budget_micros', bigint),
  // JSON text in the code too: nothing of it may change.
  result: column('result', asStored<string>('json')),
  media: column('media', json()),
  error: column('error', json()),
  archiveStatus: column('archive_status', text()),
  archiveAttempts: column('archive_attempts', integer),
  archiveError: column('archive_error', text()),
  archivedAt: column('archived_at', time),
  retryOf: column('retry_of', id('job')),
  erasedAt: column('erased_at', time),
  contentErasedAt: column('content_erased_at', time),
  erasing: column('erasing', json()),
  callbackUrl: column('callback_url', text()),
  callbackEvents: column('callback_events', asStored('text[]')),
  pollAttempts: column('poll_attempts', integer),
  nextPollAt: column('next_poll_at', time),
  falCompletedAt: column('fal_completed_at', time),
  createdAt: column('created_at', time),
  submittedAt: column('submitted_at', time),
  startedAt: column('started_at', time),
  completedAt: column('completed_at', time),
  updatedAt: column('updated_at', time),
  eventSeq: column('event_seq', integer),
  version: column('version', integer),
} satisfies ColumnsOfJob

type Columns = typeof columnOf
type StoredOf<C> = C extends Column<string, infer Stored, infer _Value> ? Stored : never

/** A row as the driver gives it. Only the transition and the job schedule write one, so every column is read alone here. */
/** A row as `jobColumns` reads it. */
export type JobRow = JobTable & { omitted_result_bytes: number | null }

export type JobTable = {
  [F in keyof Columns as Columns[F]['name']]: StoredOf<Columns[F]> | (null extends Job[F] ? null : never)
}

/** From this many bytes on a result is read only for itself. */
export const largeResultBytes = 1024 * 1024
/** Stored in fewer bytes it is not large, however well it is compressed; only above its true size is computed. */
const mayBeLarge = 16 * 1024

const isLarge = sql`(pg_column_size(job.result) > ${sql.lit(mayBeLarge)}
  and octet_length(job.result::text) > ${sql.lit(largeResultBytes)})`

/**
 * By name, so that a column which a later version adds does not change what a prepared statement returns. What may be
 * megabytes is left to reads of its own: the input is read in brief, and a large result as an empty object and its size.
 */
export const jobColumns = [
  ...Object.values(columnOf).map(({ name }) => {
    if (name === 'input') return sql<string>`coalesce(job.input_brief, job.input)`.as('input')
    if (name === 'result')
      return sql<string | null>`case when ${isLarge} then '{}'::json else job.result end`.as('result')
    return `job.${name}` as const
  }),
  sql<number | null>`case when ${isLarge} then octet_length(job.result::text) end`.as('omitted_result_bytes'),
] as const
