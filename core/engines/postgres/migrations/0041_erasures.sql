-- Riders who are erased, and how far each erasure is. What happened to bikes stays, under the erasure's name.
create table erasures (
  erasure_id   uuid primary key,
  -- Null when it is done.
  rider_id     text,
  requested_at timestamptz not null default clock_timestamp(),
  -- What is to be done next (steps of core/riders/own-data/erasure/port.ts), or done.
  step         text not null default 'known' check
    (step in ('known', 'normalized', 'stored', 'derived', 'booked', 'documents', 'rows', 'expunged', 'counted', 'done')),
  -- {step: Unix milliseconds} at which each was reached, the last time.
  reached      jsonb not null default '{}',
  -- {topic: [offset]}: the ends of the topics that consumer groups are to pass.
  awaited      jsonb,
  -- Indices whose block against writes is lifted for the while.
  unblocked    text[] not null default '{}',
  -- What was done to each store, as the certificate tells it. Null until it is done.
  stores       jsonb,
  check ((rider_id is null) = (step = 'done') and (stores is null) = (step <> 'done'))
);
create unique index on erasures (rider_id) where rider_id is not null;
create index on erasures (requested_at) where step <> 'done';

alter table proposals drop constraint proposals_kind_check;
alter table proposals add constraint proposals_kind_check
  check (kind in ('ownership_case', 'review_decision', 'retract', 'distrust_key', 'second_module', 'erasure'));

-- A change of owners is never changed, but that a rider's name gives way to that of an erasure.
create function keep_ownership_change() returns trigger language plpgsql as $$
begin
  if (new.change_id, new.bike_id, new.at, new.kind, new.begins_at, new.reason)
      is distinct from (old.change_id, old.bike_id, old.at, old.kind, old.begins_at, old.reason)
    or new.former_rider is distinct from old.former_rider and coalesce(new.former_rider, '') !~ '^erased:'
    or new.new_rider is distinct from old.new_rider and coalesce(new.new_rider, '') !~ '^erased:'
    or new.author is distinct from old.author and new.author !~ '^rider:erased:'
  then raise exception 'rows of ownership_changes are never changed';
  end if;
  return new;
end $$;
drop trigger keep_columns on ownership_changes;
create trigger keep_columns before update on ownership_changes for each row execute function keep_ownership_change();
