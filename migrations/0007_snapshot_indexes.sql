-- The gauges count only what is not final: these indexes stay as small as that is.
create index job_live on job (status, submission, created_at) where status in ('pending', 'running');
create index job_unarchived on job (archive_status, created_at) where archive_status in ('pending', 'failed');
create index job_result_awaited on job (fal_completed_at) where next_poll_at is not null and fal_completed_at is not null;
