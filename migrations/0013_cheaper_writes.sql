-- What every create, change and delivery paid for and nothing needs: each index is an insertion, each foreign key a look-up
-- and a lock on the row it names. Tables in the order in which writers take them, so that none meets us half way.
lock table idempotency, client, job, webhook_delivery, job_event in access exclusive mode;

-- Jobs and clients are never deleted. An event is written by the statement that writes its job; the client is that of the
-- API key, whose own foreign key holds it.
alter table job_event drop constraint job_event_job_id_fkey;
alter table job drop constraint job_client_id_fkey;
alter table idempotency drop constraint idempotency_client_id_fkey;

create function job_is_never_deleted() returns trigger language plpgsql as $$
begin
  raise restrict_violation using message = 'a job is never deleted: erase it instead';
end
$$;
create trigger job_is_never_deleted before delete or truncate on job
  for each statement execute function job_is_never_deleted();

-- Lost work is found along job_live and job_unarchived.
drop index job_waiting;
-- Pruning goes by id, which begins with the time.
drop index webhook_delivery_received;
drop index idempotency_created;
