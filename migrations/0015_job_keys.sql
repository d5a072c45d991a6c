-- What every create and every change of a job paid for: each foreign key is a look-up and a lock on the row it names, each
-- index an insertion. A create takes the job before its client, and its event last.
lock table job, client, job_event in access exclusive mode;

-- Jobs and clients are never deleted. An event is written by the statement that writes its job; the client is that of the
-- API key, whose own foreign key holds it.
alter table job_event drop constraint job_event_job_id_fkey;
alter table job drop constraint job_client_id_fkey;

create function job_is_never_deleted() returns trigger language plpgsql as $$
begin
  raise restrict_violation using message = 'a job is never deleted: erase it instead';
end
$$;
create trigger job_is_never_deleted before delete or truncate on job
  for each statement execute function job_is_never_deleted();

-- Lost work is found along job_live and job_unarchived.
drop index job_waiting;
