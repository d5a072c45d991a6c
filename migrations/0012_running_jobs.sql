-- Reconciliation walks the running jobs in pages by id; the primary key alone would lead it past all that have ended.
create index job_running on job (id) where status = 'running';
