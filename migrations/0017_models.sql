-- What FAL says of its models, shared by all replicas: one row for each endpoint that FAL's list or its web host knows.
create table model (
  endpoint_id text primary key,
  title text,
  category text,
  status text not null check (status in ('active', 'deprecated', 'unlisted', 'unknown')),
  -- The version of its document in use; null: FAL has published none that can be used, and trouble says why.
  version integer,
  -- Stays at its version though FAL's document has changed; without a version: is used without a document.
  pinned boolean not null default false,
  trouble text,
  unit text,
  unit_price_micros double precision check (unit_price_micros >= 0),
  priced_at timestamptz,
  source text check (source in ('platform', 'web')),
  -- FAL's own date of the last change of its entry.
  listed_at timestamptz,
  -- The last time FAL was asked for the document.
  fetched_at timestamptz,
  changed_at timestamptz not null default now(),
  check ((unit is null) = (unit_price_micros is null))
);

-- Every version of a model's document that was read, as facts: no prose of FAL's. Jobs name the one they were checked against.
create table model_version (
  endpoint_id text not null references model (endpoint_id) on delete cascade,
  version integer not null check (version > 0),
  hash bytea not null,
  facts json not null,
  read_at timestamptz not null,
  primary key (endpoint_id, version)
);

alter table job add column model_version integer;
