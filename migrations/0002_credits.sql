-- Credits: accounts, and the append-only ledger that alone can change them. What a key may spend in a month.

alter table job
  -- The key that asked for it; null for jobs older than this column. Keys are revoked, never deleted, so a foreign key
  -- would only cost a look-up in every create.
  add column api_key_id uuid,
  -- What it counts against the month of its key; 0 when the key has no monthly limit.
  add column budget_micros bigint not null default 0 check (budget_micros >= 0);

create table account (
  id uuid primary key,
  client_id uuid not null references client (id),
  -- null: the client's own account; else the account of one of its users.
  user_id text,
  balance_micros bigint not null default 0,
  -- The part of the balance that running jobs have claimed.
  reserved_micros bigint not null default 0,
  entry_count bigint not null default 0,
  created_at timestamptz not null default now(),
  constraint account_owner unique nulls not distinct (client_id, user_id),
  constraint account_never_below_zero check (balance_micros >= 0 and reserved_micros >= 0),
  constraint account_reserves_what_it_has check (reserved_micros <= balance_micros)
);

create table ledger_entry (
  account_id uuid not null references account (id),
  -- Per account, from 1, no gaps; given by the trigger below.
  seq bigint not null,
  id uuid not null,
  type text not null,
  balance_change bigint not null,
  reserved_change bigint not null,
  balance_after bigint not null,
  reserved_after bigint not null,
  job_id uuid references job (id),
  reason text,
  -- Who granted, and under which Idempotency-Key.
  granted_by uuid references client (id),
  grant_key text,
  created_at timestamptz not null default now(),
  primary key (account_id, seq),
  constraint ledger_entry_id unique (id),
  constraint ledger_grant_once unique (granted_by, grant_key),
  constraint ledger_type_known check (type in ('grant', 'reserve', 'capture', 'release', 'adjust')),
  constraint ledger_grant check (type <> 'grant' or (balance_change > 0 and reserved_change = 0 and job_id is null)),
  constraint ledger_reserve check (type <> 'reserve' or (balance_change = 0 and reserved_change > 0 and job_id is not null)),
  constraint ledger_capture check (
    type <> 'capture'
    or (balance_change <= 0 and reserved_change < 0 and balance_change >= reserved_change and job_id is not null)
  ),
  constraint ledger_release check (type <> 'release' or (balance_change = 0 and reserved_change < 0 and job_id is not null)),
  constraint ledger_adjust check (type <> 'adjust' or (balance_change <> 0 and reserved_change = 0))
);
create unique index ledger_reserved_once on ledger_entry (job_id) where type = 'reserve';
create unique index ledger_settled_once on ledger_entry (job_id) where type in ('capture', 'release');
create unique index ledger_adjusted_once on ledger_entry (job_id) where type = 'adjust';

-- Every entry moves its account in the same statement, so the balance is the sum of the entries by construction.
-- The entry runs into the CHECKs of the account when there is not enough.
create function ledger_entry_moves_account() returns trigger language plpgsql as $$
begin
  update account
  set balance_micros = balance_micros + new.balance_change,
      reserved_micros = reserved_micros + new.reserved_change,
      entry_count = entry_count + 1
  where id = new.account_id
  returning entry_count, balance_micros, reserved_micros
  into new.seq, new.balance_after, new.reserved_after;
  if not found then
    raise foreign_key_violation using message = 'ledger entry without an account';
  end if;
  return new;
end
$$;
create trigger ledger_entry_moves_account before insert on ledger_entry
  for each row execute function ledger_entry_moves_account();

create function ledger_only_appends() returns trigger language plpgsql as $$
begin
  raise restrict_violation using message = 'the ledger only appends: correct an entry with another one';
end
$$;
create trigger ledger_only_appends before update or delete on ledger_entry
  for each row execute function ledger_only_appends();
create trigger ledger_is_never_emptied before truncate on ledger_entry
  for each statement execute function ledger_only_appends();

create function account_moves_by_ledger() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise restrict_violation using message = 'an account is never deleted';
  end if;
  -- Depth 1 is a statement of the outside; the ledger's trigger writes at depth 2.
  if pg_trigger_depth() < 2 and (new.balance_micros, new.reserved_micros, new.entry_count)
    is distinct from
    (case when tg_op = 'INSERT' then 0 else old.balance_micros end,
     case when tg_op = 'INSERT' then 0 else old.reserved_micros end,
     case when tg_op = 'INSERT' then 0 else old.entry_count end)
  then
    raise restrict_violation using message = 'a balance only moves by ledger entries';
  end if;
  return new;
end
$$;
create trigger account_moves_by_ledger before insert or update or delete on account
  for each row execute function account_moves_by_ledger();

-- What a key has spent or is about to spend in a UTC month; kept only for keys with a monthly limit.
create table api_key_month (
  api_key_id uuid not null references api_key (id),
  month date not null,
  cost_micros bigint not null check (cost_micros >= 0),
  primary key (api_key_id, month)
);
