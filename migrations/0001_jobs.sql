-- Jobs, their history and what FAL told us about them. Invariants of design live here as CHECKs and unique indexes.

create table client (
  id uuid primary key,
  name text not null,
  created_at timestamptz not null default now()
);
create unique index client_default on client (name) where name = 'default';

create table api_key (
  id uuid primary key,
  client_id uuid not null references client (id),
  name text not null,
  -- SHA-256 of the secret: the secret itself is 256 random bits and shown once.
  hash bytea not null,
  prefix text not null,
  scopes text[] not null,
  limits jsonb not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  constraint api_key_hash_unique unique (hash),
  constraint api_key_scopes_known check (scopes <@ array['jobs:read', 'jobs:write', 'credits:write', 'admin'])
);
create index api_key_client on api_key (client_id);

create table job (
  id uuid primary key,
  client_id uuid not null references client (id),
  user_id text,
  model text not null,
  endpoint_id text not null,
  kind text not null,
  promises_media boolean not null,
  metadata jsonb not null default '{}',
  params json not null,
  input json not null,
  warnings json not null default '[]',
  queue json not null default '{}',
  archive_wanted boolean not null default true,

  status text not null,
  submission text not null,
  submit_attempts integer not null default 0,
  webhook_token text not null,
  webhook_asked boolean not null default false,
  uncertain_since timestamptz,
  cancel_requested_at timestamptz,
  deadline_at timestamptz,

  request_id text,
  gateway_request_id text,
  status_url text,
  response_url text,
  cancel_url text,
  fal_key_ref text,
  fal_status text,
  fal_user_id text,
  inference_seconds double precision,

  progress double precision not null default 0,
  queue_position integer,
  expected_seconds double precision,
  estimated_micros bigint,
  actual_micros bigint,
  reserved_micros bigint not null default 0,

  -- json, not jsonb: keeps FAL's text, and with it seeds beyond 2^53, digit for digit.
  result json,
  media json not null default '[]',
  error json,

  archive_status text not null default 'none',
  archive_attempts integer not null default 0,
  archive_error text,
  archived_at timestamptz,

  retry_of uuid,
  callback_url text,
  callback_events text[],

  poll_attempts integer not null default 0,
  next_poll_at timestamptz,
  fal_completed_at timestamptz,

  created_at timestamptz not null,
  submitted_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  updated_at timestamptz not null,
  event_seq integer not null default 0,
  version integer not null default 0,

  constraint job_status_known check (status in ('pending', 'running', 'completed', 'failed', 'canceled')),
  constraint job_submission_known check (submission in ('unsent', 'sending', 'accepted', 'uncertain')),
  constraint job_archive_known check (archive_status in ('none', 'pending', 'archived', 'failed', 'disabled')),
  constraint job_kind_known check (kind in ('image', 'video', 'audio', 'file', 'unknown')),
  constraint job_final_has_time check ((status in ('completed', 'failed', 'canceled')) = (completed_at is not null)),
  constraint job_completed_has_result check (status <> 'completed' or result is not null),
  constraint job_failed_has_reason check (status not in ('failed', 'canceled') or error is not null),
  constraint job_running_has_request check (status <> 'running' or request_id is not null),
  constraint job_accepted_has_request check ((submission = 'accepted') = (request_id is not null)),
  constraint job_uncertain_has_time check ((submission = 'uncertain') = (uncertain_since is not null)),
  constraint job_archived_has_time check ((archive_status = 'archived') = (archived_at is not null)),
  constraint job_progress_range check (progress between 0 and 1),
  constraint job_final_reserves_nothing check (reserved_micros = 0 or status in ('pending', 'running'))
) with (fillfactor = 85);

-- One request of FAL is one job, always.
create unique index job_request on job (request_id) where request_id is not null;
create index job_client_created on job (client_id, id desc);
create index job_due on job (next_poll_at) where next_poll_at is not null;
create index job_waiting on job (updated_at) where status = 'pending' or archive_status = 'pending';
create index job_deadline on job (deadline_at) where deadline_at is not null and status in ('pending', 'running');
create index job_metadata on job using gin (metadata jsonb_path_ops);

create table job_event (
  job_id uuid not null references job (id),
  seq integer not null check (seq >= 1),
  id uuid not null,
  type text not null,
  source text not null check (source in ('api', 'submit', 'webhook', 'poll', 'archive', 'callback', 'system')),
  data json not null,
  created_at timestamptz not null,
  primary key (job_id, seq)
);

-- The inbox: a verified delivery is durable here before FAL gets its 2xx.
create table webhook_delivery (
  id uuid primary key,
  request_id text not null,
  fal_user_id text not null,
  job_id uuid,
  body bytea not null,
  body_hash bytea not null,
  sent_at timestamptz not null,
  received_at timestamptz not null,
  state text not null check (state in ('waiting', 'applied', 'unusable')),
  note text,
  constraint webhook_delivery_once unique (request_id, body_hash)
);
create index webhook_delivery_waiting on webhook_delivery (request_id) where state = 'waiting';
create index webhook_delivery_received on webhook_delivery (received_at);

create table idempotency (
  client_id uuid not null references client (id),
  key text not null check (length(key) between 1 and 255),
  request_hash bytea not null,
  status integer not null,
  body text not null,
  job_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (client_id, key)
);
create index idempotency_created on idempotency (created_at);

-- Small facts the replicas share: the learned FAL account, the secret of local links.
create table setting (
  name text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);
