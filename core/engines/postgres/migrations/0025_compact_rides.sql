-- Summaries of rides become compact messages, and ids of rides are made of bike and first moment.

-- A RideSummary of proto/mobility/riders/v1.
alter table rides rename column summary to summary_json;
alter table rides alter column summary_json drop not null;
alter table rides add column summary bytea;
-- SQL cannot make such a message: a row keeps its JSON until the service has found its ride again, which the marks below ask for.
alter table rides add check (num_nonnulls(summary, summary_json) = 1);
alter table rides drop column ride_id;

-- A ride that is there is published once it is found again; the others are told gone.
alter table ride_changes add column bike_id uuid, add column from_at timestamptz;
update ride_changes set bike_id = left(ride_id, 36)::uuid,
  from_at = timestamptz 'epoch' + ('x' || lpad(right(ride_id, 12), 16, '0'))::bit(64)::bigint * interval '1 millisecond';
delete from ride_changes using rides where rides.bike_id = ride_changes.bike_id and rides.from_at = ride_changes.from_at;
alter table ride_changes drop column ride_id, add primary key (bike_id, from_at);

create or replace function ride_rows_changed() returns trigger language plpgsql as $$
begin
  insert into ride_changes as known (bike_id, from_at, version)
  select bike_id, from_at, nextval('ride_versions') from changed_rows order by bike_id, from_at
  on conflict (bike_id, from_at) do update set version = excluded.version;
  if found then perform pg_notify('rides_changed', ''); end if;
  return null;
end $$;

-- Also where no ride is known: samples may have been stored before there were rides.
select mark_rides(bike_id, least(produced_at, (select min(from_at) from rides where rides.bike_id = bikes.bike_id)), now())
from bikes
where produced_at < now() and (bike_id in (select bike_id from latest_state) or bike_id in (select bike_id from rides));
