-- The dead-letter shelf of erasures: objects of erased jobs that could not be deleted yet.
create index job_erase_failing on job (id) where erasing ->> 'failures' is not null;
