-- What every create with a key paid for: a look-up and a lock of its client, who is that of the API key and never goes (0015),
-- and an index by time, where pruning goes by the job's id. A create takes the key before its client.
lock table idempotency, client in access exclusive mode;
alter table idempotency drop constraint idempotency_client_id_fkey;
drop index idempotency_created;
