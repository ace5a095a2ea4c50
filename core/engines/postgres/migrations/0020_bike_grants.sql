-- A rider lets a third party read a bike. A grant ends by its time, by being revoked, and with the rider's ownership.
create table bike_grants (
  grant_id    uuid primary key default gen_random_uuid(),
  bike_id     uuid not null references bikes,
  rider_id    text not null,
  -- The subject of the third party's tokens.
  grantee     text not null check (grantee <> ''),
  scopes      text[] not null check (scopes <@ array['state', 'rides'] and cardinality(scopes) > 0),
  granted_at  timestamptz not null default clock_timestamp(),
  valid_until timestamptz not null,
  revoked_at  timestamptz
);
create index on bike_grants (bike_id, rider_id);
create index on bike_grants (grantee, bike_id) where revoked_at is null;
