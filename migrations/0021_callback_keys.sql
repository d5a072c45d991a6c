-- What every callback paid for: look-ups and locks of its client, who is that of its job and never goes (0015). One session
-- that held a client's row held up every completion of that client, and the connections they waited on.
lock table callback, callback_secret, callback_endpoint, client in access exclusive mode;
alter table callback drop constraint callback_client_id_fkey;
alter table callback_secret drop constraint callback_secret_client_id_fkey;
alter table callback_endpoint drop constraint callback_endpoint_client_id_fkey;
