-- What pruning by age walks along: final jobs whose history is still there, oldest first.
alter table job add column events_pruned_at timestamptz;
create index job_unpruned on job (completed_at) where completed_at is not null and events_pruned_at is null;
