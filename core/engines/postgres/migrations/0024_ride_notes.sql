-- What a rider says of a ride hangs on a moment of the bike: rides are found anew whenever samples come.
create table ride_notes (
  rider_id   text not null,
  bike_id    uuid not null,
  at         timestamptz not null,
  name       text check (name <> ''),
  hidden     boolean not null,
  -- Somebody else rode.
  not_me     boolean not null,
  changed_at timestamptz not null default clock_timestamp(),
  primary key (rider_id, at, bike_id)
);

-- Places that a rider keeps private, and the secret that shifts their circles; it never changes.
create table privacy_zones (
  rider_id text primary key,
  zones    jsonb not null default '[]',
  key      bytea not null default (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
);
