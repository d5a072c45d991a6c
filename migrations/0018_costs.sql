-- What FAL bills for a job, told by its units after the end, and what the client's ledger took for it.
alter table job
  add column at_most_micros bigint,
  add column price_confidence text constraint job_price_confidence_known check (price_confidence in ('rule', 'base', 'unknown')),
  -- What told actual_micros; null beside an amount: a price rule's result, which older versions stored there.
  add column cost_source text constraint job_cost_source_known check (cost_source in ('units', 'billing_events')),
  add column billable_units numeric constraint job_billable_units_range check (billable_units >= 0),
  add column billed_as text,
  add column settled_at timestamptz,
  -- When FAL is asked for the bill next; null: not, or no more.
  add column settle_at timestamptz,
  add column settle_attempts integer not null default 0,
  add column charged_micros bigint constraint job_charged_range check (charged_micros >= 0);

create index job_settle_due on job (settle_at) where settle_at is not null;
