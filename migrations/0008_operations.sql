-- Taking turns at FAL (FAL_MAX_IN_FLIGHT): who waits, who has been let in, and how far each client's account of turns is.

alter table job
  add column turn text constraint job_turn_known check (turn in ('waiting', 'granted')),
  add column turn_at timestamptz;

-- Empty unless turns are taken, so they cost nothing then.
create index job_turn_waiting on job (client_id, ((queue ->> 'priority') is not distinct from 'low'), id)
  where turn = 'waiting' and status = 'pending';
create index job_turn_granted on job (client_id)
  where turn = 'granted' and status = 'pending' and submission = 'unsent';

-- weight: its share beside others that wait; max_in_flight: overrides FAL_MAX_IN_FLIGHT_PER_CLIENT.
alter table client
  add column turn_weight double precision not null default 1 check (turn_weight > 0),
  add column max_in_flight integer check (max_in_flight > 0);

-- Stride scheduling: each turn moves a client on by 1/weight, and whoever is furthest behind is next.
create table turn_account (
  client_id uuid primary key references client (id),
  pass double precision not null
);

-- The trace a job belongs to (W3C traceparent of the create), carried on to FAL's submit, the archive and callbacks.
alter table job add column traceparent text;
