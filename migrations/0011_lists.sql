-- Lists by what is rare among a client's jobs: without these a page of few or none is a walk through all the jobs it has.
create index job_user on job (client_id, user_id, id desc) where user_id is not null;
create index job_fruitless on job (client_id, id desc) where status in ('failed', 'canceled');
