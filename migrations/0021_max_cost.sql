-- The client's own limit of a job, which holds for its retries too; null: none, or a job of the version before.
alter table job add column max_cost_micros bigint;
