-- What a client decides about its archive: whether jobs are archived unless they say otherwise, and how long things are kept.

alter table client
  add column archive_by_default boolean not null default true,
  -- Days after a job's end; null keeps it for good.
  add column keep_media_days integer check (keep_media_days >= 1),
  add column keep_content_days integer check (keep_content_days >= 1),
  add column keep_jobs_days integer check (keep_jobs_days >= 1);

-- When prompts, inputs and results were erased by age; the job itself and its files may still be there.
alter table job add column content_erased_at timestamptz;

-- Final jobs by age, for clients that keep things for a time only.
create index job_age on job (client_id, completed_at) where completed_at is not null and erased_at is null;
-- The dead-letter shelf, and the jobs that wanted no copy.
create index job_uncopied on job (id) where archive_status in ('failed', 'disabled');
