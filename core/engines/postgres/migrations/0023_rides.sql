-- Rides: which windows of which bikes are to be read again, what was found there, and what is to be published on ride.entity.

-- A row for each bike that ever had marks.
create table ride_bikes (
  bike_id  uuid primary key,
  -- When its marks are to be looked at; null where it has none.
  due_at   timestamptz,
  -- Rises with every replacement of its rides: who has read before another one replaced them has read too little.
  revision bigint not null default 0,
  -- When samples of it were read last.
  read_at  timestamptz not null default '-infinity'
);
create index on ride_bikes (due_at) where due_at is not null;

-- Samples of a bike were stored, erased or became another rider's.
create table ride_marks (
  bike_id      uuid not null references ride_bikes,
  -- The track whose samples were stored; any id of its own where it is no track.
  mark_id      uuid not null,
  from_at      timestamptz not null,
  until_at     timestamptz not null check (until_at >= from_at),
  -- So many samples of the track are stored; 0 where it is no track.
  samples      integer not null,
  -- The last time at which the bike may have moved; null where it rested.
  moved_at     timestamptz,
  -- The last time at which current flowed into the battery.
  charged_at   timestamptz,
  recorder_id  uuid,
  recording_id bigint,
  marked_at    timestamptz not null default clock_timestamp(),
  primary key (bike_id, mark_id),
  check ((recorder_id is null) = (recording_id is null))
);
create index on ride_marks (bike_id, from_at);

-- The function of the stored samples, and of who owned the bike when (docs/riders.md).
create table rides (
  bike_id   uuid not null,
  -- The first moment, which its id encodes.
  from_at   timestamptz not null,
  until_at  timestamptz not null check (until_at > from_at),
  -- Open before.
  closes_at timestamptz not null check (closes_at > until_at),
  rider_id  text not null,
  ended_by  text not null check (ended_by in ('rest', 'charging', 'recording', 'rider', 'day')),
  summary   jsonb not null,
  ride_id   text not null unique,
  primary key (bike_id, from_at)
);
create index on rides (rider_id, from_at);

-- Topics that are kept for ever name a rider by this; without the row they name nobody.
create table rider_references (
  rider_id  text primary key,
  reference uuid not null unique default gen_random_uuid()
);

create sequence ride_versions;

-- Rides that have changed since they were published, those that are gone included.
create table ride_changes (
  ride_id    text primary key,
  version    bigint not null,
  changed_at timestamptz not null default clock_timestamp()
);
create index on ride_changes (changed_at);

create function ride_rows_changed() returns trigger language plpgsql as $$
begin
  insert into ride_changes as known (ride_id, version)
  select ride_id, nextval('ride_versions') from changed_rows order by ride_id
  on conflict (ride_id) do update set version = excluded.version;
  if found then perform pg_notify('rides_changed', ''); end if;
  return null;
end $$;

create trigger mark_inserted after insert on rides
  referencing new table as changed_rows for each statement execute function ride_rows_changed();
create trigger mark_updated after update on rides
  referencing new table as changed_rows for each statement execute function ride_rows_changed();
create trigger mark_deleted after delete on rides
  referencing old table as changed_rows for each statement execute function ride_rows_changed();

-- In whole milliseconds, as whoever settles marks tells times.
create function mark_rides(bike uuid, begins timestamptz, ends timestamptz) returns void language sql as $$
  insert into ride_bikes as known (bike_id, due_at) values (bike, now())
  on conflict (bike_id) do update set due_at = least(coalesce(known.due_at, 'infinity'), now());
  insert into ride_marks (bike_id, mark_id, from_at, until_at, samples)
  values (bike, gen_random_uuid(), date_trunc('milliseconds', begins), date_trunc('milliseconds', ends), 0);
$$;

-- Rides follow the times of ownership, also those that an offer or a case names afterwards.
create function ownership_moves_rides() returns trigger language plpgsql as $$
begin
  perform mark_rides(new.bike_id, coalesce(new.begins_at, new.at), greatest(new.begins_at, new.at));
  return null;
end $$;
create trigger move_rides after insert on ownership_changes for each row execute function ownership_moves_rides();
