-- Bikes whose commands the platform ended while the broker or a module might still have them: at a change of owner, and when a
-- staff case is opened. The service commands deletes a row once none of them can reach the bike.
create table command_purges (
  purge_id bigint generated always as identity primary key,
  bike_id  uuid not null,
  at       timestamptz not null default clock_timestamp()
);
create index on command_purges (bike_id);

insert into command_purges (bike_id, at)
select bike_id, at from ownership_changes where purged_at is null and former_rider is not null order by change_id;
alter table ownership_changes drop column purged_at;

-- A case that is open at the update is purged, too.
insert into command_purges (bike_id) select bike_id from ownership_cases where closed_at is null order by bike_id;
