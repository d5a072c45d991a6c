-- What retry, erase and the estimate of time left need of a job.

alter table job
  -- The caller's own FAL fields, as they came; null when there were none. A retry sends them again.
  add column extra_input json,
  add column erased_at timestamptz,
  -- Objects that are still to be removed, and whether to come back for late ones; null when nothing is left to do.
  add column erasing json,
  add constraint job_erasing_was_erased check (erasing is null or erased_at is not null),
  add constraint job_erased_is_final check (erased_at is null or completed_at is not null);

-- The usual time of an endpoint: its last completed jobs.
create index job_usual_time on job (endpoint_id, completed_at desc) where status = 'completed';
-- The inbox rows of a job, to empty them when it is erased.
create index webhook_delivery_job on webhook_delivery (job_id) where job_id is not null;
create index idempotency_job on idempotency (job_id);
