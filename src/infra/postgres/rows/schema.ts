/** The tables as Kysely sees them; column by column what migrations/ creates. */
import type { ColumnType, JSONColumnType } from 'kysely'
import type { CallbackState } from '../../../ports/callbacks.ts'
import type { JobTable } from './job-columns.ts'

/** json columns come back as text (see database.ts) and are parsed exactly where they are used. */
type JsonText = ColumnType<string, string, string>
type Stored<T> = ColumnType<T, T | undefined, T>

export interface ClientTable {
  id: string
  name: string
  created_at: Stored<Date>
  turn_weight: Stored<number>
  max_in_flight: Stored<number | null>
  archive_by_default: Stored<boolean>
  keep_media_days: Stored<number | null>
  keep_content_days: Stored<number | null>
  keep_jobs_days: Stored<number | null>
}

export interface ApiKeyTable {
  id: string
  client_id: string
  name: string
  hash: Buffer
  prefix: string
  scopes: string[]
  limits: JSONColumnType<Record<string, unknown>, string | undefined, string>
  created_at: Stored<Date>
  expires_at: Stored<Date | null>
  revoked_at: Stored<Date | null>
  last_used_at: Stored<Date | null>
}

export interface JobEventTable {
  job_id: string
  seq: number
  id: string
  type: string
  source: string
  data: JsonText
  created_at: Date
}

export interface WebhookDeliveryTable {
  id: string
  request_id: string
  fal_user_id: string
  job_id: string | null
  body: Buffer
  body_hash: Buffer
  sent_at: Date
  received_at: Date
  state: 'waiting' | 'applied' | 'unusable'
  note: string | null
}

export interface IdempotencyTable {
  client_id: string
  key: string
  request_hash: Buffer
  status: number
  body: string
  job_id: string
  created_at: Stored<Date>
}

export interface CallbackTable {
  id: string
  client_id: string
  job_id: string
  type: string
  url: string
  payload: string
  state: CallbackState
  attempts: Stored<number>
  round_attempts: Stored<number>
  asked_again: Stored<boolean>
  task_id: string
  next_attempt_at: Date | null
  last_status: Stored<number | null>
  last_error: Stored<string | null>
  created_at: Date
  delivered_at: Stored<Date | null>
}

export interface CallbackAttemptTable {
  callback_id: string
  number: number
  started_at: Date
  duration_ms: number
  status: number | null
  error: string | null
  answer: string | null
}

export interface CallbackSecretTable {
  id: string
  client_id: string
  secret: string
  created_at: Date
  expires_at: Stored<Date | null>
}

export interface CallbackEndpointTable {
  client_id: string
  endpoint: string
  failing_since: Date
  disabled_at: Stored<Date | null>
}

export interface SettingTable {
  name: string
  value: ColumnType<unknown, string, string>
  updated_at: Stored<Date>
}

export interface AccountTable {
  id: string
  client_id: string
  user_id: string | null
  balance_micros: ColumnType<number, never, never>
  reserved_micros: ColumnType<number, never, never>
  owed_micros: ColumnType<number, never, never>
  entry_count: ColumnType<number, never, never>
  created_at: Stored<Date>
}

/** Inserted only; `seq` and the two `_after` are given by the database. */
export interface LedgerEntryTable {
  account_id: string
  seq: ColumnType<number, never, never>
  id: string
  type: string
  balance_change: ColumnType<number, number, never>
  reserved_change: ColumnType<number, number, never>
  balance_after: ColumnType<number, never, never>
  reserved_after: ColumnType<number, never, never>
  owed_change: ColumnType<number, number | undefined, never>
  owed_after: ColumnType<number, never, never>
  cause: Stored<string | null>
  job_id: string | null
  reason: string | null
  granted_by: string | null
  grant_key: string | null
  created_at: Stored<Date>
}

export interface ApiKeyMonthTable {
  api_key_id: string
  month: ColumnType<Date, string, never>
  cost_micros: number
}

/** A client's admissions divided by its weight: the client furthest behind is next. */
export interface TurnAccountTable {
  client_id: string
  pass: number
}

export interface ModelTable {
  endpoint_id: string
  title: Stored<string | null>
  category: Stored<string | null>
  status: 'active' | 'deprecated' | 'unlisted' | 'unknown'
  version: Stored<number | null>
  pinned: Stored<boolean>
  trouble: Stored<string | null>
  unit: Stored<string | null>
  unit_price_micros: Stored<number | null>
  priced_at: Stored<Date | null>
  source: Stored<'platform' | 'web' | null>
  listed_at: Stored<Date | null>
  fetched_at: Stored<Date | null>
  changed_at: Stored<Date>
}

export interface ModelVersionTable {
  endpoint_id: string
  version: number
  hash: Buffer
  facts: JsonText
  read_at: Date
}

export interface Database {
  client: ClientTable
  api_key: ApiKeyTable
  job: JobTable
  job_event: JobEventTable
  webhook_delivery: WebhookDeliveryTable
  idempotency: IdempotencyTable
  setting: SettingTable
  turn_account: TurnAccountTable
  callback: CallbackTable
  callback_attempt: CallbackAttemptTable
  callback_secret: CallbackSecretTable
  callback_endpoint: CallbackEndpointTable
  account: AccountTable
  ledger_entry: LedgerEntryTable
  api_key_month: ApiKeyMonthTable
  model: ModelTable
  model_version: ModelVersionTable
}
