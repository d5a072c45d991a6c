-- The input of a job with every data: URI replaced by its type, size and hash; null: the input has none. Most reads of a job
-- take this column: the megabytes of the input itself are read only to send them.
alter table job add column input_brief json;

-- Erasing the input erases what it was shortened to, in every version that erases one.
create function job_input_takes_brief_along() returns trigger language plpgsql as $$
begin
  new.input_brief := null;
  return new;
end
$$;
create trigger job_input_takes_brief_along before update of input on job
  for each row execute function job_input_takes_brief_along();
