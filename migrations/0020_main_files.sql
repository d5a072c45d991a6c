-- Where a model puts its main file, e.g. images[].url, and what a job that FAL has finished still waits for. Older versions write neither.
alter table job add column main_file text, add column awaiting text check (awaiting in ('result', 'files'));
