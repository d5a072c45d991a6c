-- Sums of jobs by the hour of their creation, for reports of usage: one row for each combination that occurs, with and
-- without the client's users. An hour is summed after its end, and again when one of its jobs has changed since.
create table usage_hour (
  hour timestamptz not null,
  client_id uuid not null,
  model text not null,
  kind text not null,
  status text not null,
  jobs bigint not null,
  files bigint not null,
  bytes numeric not null,
  estimated_micros numeric not null,
  actual_micros numeric not null,
  charged_micros numeric not null,
  unsettled_jobs bigint not null,
  primary key (hour, client_id, model, kind, status)
);

create table usage_user_hour (
  like usage_hour,
  user_id text
);
create index usage_user_hour_hour on usage_user_hour (hour, client_id);

-- The hours that are summed; all others are read from the jobs themselves.
create table usage_summed (hour timestamptz primary key);

-- Hours with a job that has changed after their end. Not unique, so that changes never wait for each other.
create table usage_changed (hour timestamptz not null);
create index usage_changed_hour on usage_changed (hour);
