-- A job that ended before FAL said how its request did (a deadline): its reservation is held until then, and so are its
-- share of limits and its slot. The version before releases at the deadline and charges late, which still works.
alter table job
  add column open_at_fal boolean not null default false,
  drop constraint job_final_reserves_nothing,
  -- Not checked against old rows, which would read the whole table under the lock: the constraint above held for them.
  add constraint job_final_reserves_nothing
    check (reserved_micros = 0 or status in ('pending', 'running') or open_at_fal) not valid,
  add constraint job_open_at_fal_is_final
    check (not open_at_fal or status in ('failed', 'canceled')) not valid;

create index job_open_at_fal on job (api_key_id) where open_at_fal;
