-- The dead-letter shelf of callbacks, as job_uncopied is that of archives.
create index callback_shelved on callback (id) where state = 'failed';
