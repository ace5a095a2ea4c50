-- A grant opens rides that began since `rides_from`. Whoever has it names them by ids that are made with the grant's own key.
alter table bike_grants
  add column rides_from timestamptz,
  add column ride_key   bytea not null default (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
update bike_grants set rides_from = granted_at;
alter table bike_grants
  alter column rides_from set default clock_timestamp(),
  alter column rides_from set not null;
