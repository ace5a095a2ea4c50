-- Research knows a rider by names that are made of a random key. Whoever withdraws loses the key: nothing leads back from the names.

create table research_keys (
  rider_id text primary key,
  -- 32 random bytes in hex.
  key      text not null check (length(key) = 64),
  -- The rider's name in research, 32 hex digits: what is left of the key when the rider withdraws.
  person   text not null unique
);

-- Persons whom readers of the stream are still to be told to forget.
create table research_withdrawals (
  person       text primary key,
  withdrawn_at timestamptz not null default clock_timestamp()
);

create function tell_research_withdrawn() returns trigger language plpgsql as $$
begin
  notify research_withdrawn;
  return null;
end $$;
create trigger tell_research_withdrawn after insert on research_withdrawals
  for each statement execute function tell_research_withdrawn();
