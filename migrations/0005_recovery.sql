-- Which run of which task is sending a job, so that nobody ever takes another's submit for its own or for lost.
alter table job add column submit_run text;

-- For the jobs that state alone calls work for, oldest first (recovery and reconciliation walk them in pages).
create index job_sending on job (updated_at) where submission = 'sending';
create index webhook_delivery_parked on webhook_delivery (received_at) where state = 'waiting';
