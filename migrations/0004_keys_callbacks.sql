-- Callbacks to clients: what is to be told, every try to tell it, the secrets that sign it, and receivers in trouble.

create table callback (
  id uuid primary key,
  client_id uuid not null references client (id),
  job_id uuid not null references job (id),
  type text not null,
  url text not null,
  -- The exact bytes that are signed and sent: the same in every try.
  payload text not null,
  state text not null,
  attempts integer not null default 0,
  -- Tries since it was made or last asked for again: the place in the schedule.
  round_attempts integer not null default 0,
  -- Asked for by hand: sent even to an endpoint that is disabled.
  asked_again boolean not null default false,
  -- The one task that may deliver it; any other that still waits is out of date.
  task_id uuid not null,
  next_attempt_at timestamptz,
  last_status integer,
  last_error text,
  created_at timestamptz not null,
  delivered_at timestamptz,
  constraint callback_state_known check (state in ('pending', 'delivered', 'failed')),
  constraint callback_type_known
    check (type in ('job.running', 'job.completed', 'job.failed', 'job.canceled', 'job.archived')),
  constraint callback_pending_is_due check ((state = 'pending') = (next_attempt_at is not null)),
  constraint callback_delivered_has_time check (state <> 'delivered' or delivered_at is not null)
);
create index callback_client on callback (client_id, id desc);
create index callback_job on callback (job_id);
create index callback_due on callback (next_attempt_at) where state = 'pending';

create table callback_attempt (
  callback_id uuid not null references callback (id) on delete cascade,
  number integer not null check (number >= 1),
  started_at timestamptz not null,
  duration_ms integer not null,
  -- null: no answer.
  status integer,
  error text,
  -- The beginning of the answer, to find faults with.
  answer text,
  primary key (callback_id, number)
);

-- HMAC needs the secret itself. The current one has no end; the one before it signs along until its own.
create table callback_secret (
  id uuid primary key,
  client_id uuid not null references client (id),
  secret text not null,
  created_at timestamptz not null,
  expires_at timestamptz
);
create unique index callback_secret_current on callback_secret (client_id) where expires_at is null;
create index callback_secret_client on callback_secret (client_id);

-- A row only while an endpoint (URL without its query) fails: the first success removes it.
create table callback_endpoint (
  client_id uuid not null references client (id),
  endpoint text not null,
  failing_since timestamptz not null,
  disabled_at timestamptz,
  primary key (client_id, endpoint)
);

-- Jobs in flight of a key, for limits.maxJobsInFlight.
create index job_key_live on job (api_key_id) where status in ('pending', 'running');
