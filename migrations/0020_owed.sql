-- What an account owes for renders that its balance did not cover, an amount of its own: the next credit pays it first.
-- Every entry moves it like balance and reservation. Entries of the version before leave it as it is.
alter table account
  add column owed_micros bigint not null default 0 constraint account_owes_nothing_or_more check (owed_micros >= 0);

alter table ledger_entry
  add column owed_change bigint not null default 0,
  add column owed_after bigint not null default 0,
  -- Why an amount was adjusted; null: an excess over the reservation, an entry of the version before or one by hand.
  add column cause text constraint ledger_cause_known check (cause in ('late', 'settled', 'corrected', 'debt')),
  drop constraint ledger_adjust,
  -- Not checked against old rows, which would read the whole ledger under the lock: the constraint above held for them.
  add constraint ledger_adjust
    check (type <> 'adjust' or ((balance_change <> 0 or owed_change <> 0) and reserved_change = 0)) not valid,
  add constraint ledger_owed check (owed_change = 0 or type = 'adjust') not valid;

-- The few accounts that owe, for the operator's gauge.
create index account_owing on account (owed_micros) where owed_micros > 0;

drop index ledger_adjusted_once;
create unique index ledger_adjusted_once on ledger_entry (job_id, coalesce(cause, '')) where type = 'adjust';

create or replace function ledger_entry_moves_account() returns trigger language plpgsql as $$
begin
  update account
  set balance_micros = balance_micros + new.balance_change,
      reserved_micros = reserved_micros + new.reserved_change,
      owed_micros = owed_micros + new.owed_change,
      entry_count = entry_count + 1
  where id = new.account_id
  returning entry_count, balance_micros, reserved_micros, owed_micros
  into new.seq, new.balance_after, new.reserved_after, new.owed_after;
  if not found then
    raise foreign_key_violation using message = 'ledger entry without an account';
  end if;
  return new;
end
$$;

create or replace function account_moves_by_ledger() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    raise restrict_violation using message = 'an account is never deleted';
  end if;
  -- Depth 1 is a statement of the outside; the ledger's trigger writes at depth 2.
  if pg_trigger_depth() < 2 and (new.balance_micros, new.reserved_micros, new.owed_micros, new.entry_count)
    is distinct from
    (case when tg_op = 'INSERT' then 0 else old.balance_micros end,
     case when tg_op = 'INSERT' then 0 else old.reserved_micros end,
     case when tg_op = 'INSERT' then 0 else old.owed_micros end,
     case when tg_op = 'INSERT' then 0 else old.entry_count end)
  then
    raise restrict_violation using message = 'a balance only moves by ledger entries';
  end if;
  return new;
end
$$;
