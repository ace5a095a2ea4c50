-- Publication of bikes on bike.entity, what became known of them, and the telemetry that waits for its bike.

-- Unix milliseconds, as entities tell times.
create function epoch_ms(at timestamptz) returns float8 immutable language sql as $$
  select floor(extract(epoch from at) * 1000)::float8
$$;

-- Which bikes must be published. Whatever changes what a bike's entity says marks it here, in the same transaction.
create table bike_changes (
  -- Without a reference: a module may be enrolled before its bike is registered.
  bike_id           uuid primary key,
  -- Rises with every change.
  version           bigint not null,
  -- What Kafka has; published at least once.
  published_version bigint not null default 0,
  -- Since when there is something to publish; of no meaning where there is nothing.
  changed_at        timestamptz not null default now()
);
create index on bike_changes (changed_at) where published_version < version;

-- In the order of ids, so that two who mark the same bikes cannot wait for each other.
create function mark_bikes_changed(ids uuid[]) returns void language plpgsql as $$
begin
  insert into bike_changes as known (bike_id, version)
  select distinct id, 1 from unnest(ids) as id where id is not null order by id
  on conflict (bike_id) do update set
    version = known.version + 1,
    changed_at = case when known.published_version < known.version then known.changed_at else now() end;
  if found then perform pg_notify('bikes_changed', ''); end if;
end $$;

create function bikes_with_components(ids uuid[]) returns uuid[] stable language sql as $$
  select coalesce(array_agg(bike_id), '{}') from installations where component_id = any(ids) and upper_inf(installed)
$$;

create function bike_rows_changed() returns trigger language plpgsql as $$
begin
  case tg_op
    when 'INSERT' then perform mark_bikes_changed(array(select bike_id from new_rows));
    when 'DELETE' then perform mark_bikes_changed(array(select bike_id from old_rows));
    else perform mark_bikes_changed(array(select bike_id from old_rows union select bike_id from new_rows));
  end case;
  return null;
end $$;

-- A component that is only just known is in no bike yet.
create function component_rows_changed() returns trigger language plpgsql as $$
begin
  perform mark_bikes_changed(bikes_with_components(array(select component_id from new_rows)));
  return null;
end $$;

-- A finding is never deleted, it is closed.
create function finding_rows_changed() returns trigger language plpgsql as $$
begin
  perform mark_bikes_changed(
    array(select bike_id from new_rows) || bikes_with_components(array(select component_id from new_rows)));
  return null;
end $$;

create trigger mark_inserted after insert on bikes
  referencing new table as new_rows for each statement execute function bike_rows_changed();
create trigger mark_updated after update on bikes
  referencing old table as old_rows new table as new_rows for each statement execute function bike_rows_changed();

create trigger mark_inserted after insert on ownerships
  referencing new table as new_rows for each statement execute function bike_rows_changed();
create trigger mark_updated after update on ownerships
  referencing old table as old_rows new table as new_rows for each statement execute function bike_rows_changed();
create trigger mark_deleted after delete on ownerships
  referencing old table as old_rows for each statement execute function bike_rows_changed();

create trigger mark_inserted after insert on devices
  referencing new table as new_rows for each statement execute function bike_rows_changed();
create trigger mark_updated after update on devices
  referencing old table as old_rows new table as new_rows for each statement execute function bike_rows_changed();
create trigger mark_deleted after delete on devices
  referencing old table as old_rows for each statement execute function bike_rows_changed();

create trigger mark_inserted after insert on installations
  referencing new table as new_rows for each statement execute function bike_rows_changed();
create trigger mark_updated after update on installations
  referencing old table as old_rows new table as new_rows for each statement execute function bike_rows_changed();
create trigger mark_deleted after delete on installations
  referencing old table as old_rows for each statement execute function bike_rows_changed();

create trigger mark_updated after update on components
  referencing new table as new_rows for each statement execute function component_rows_changed();

create trigger mark_inserted after insert on fleet_findings
  referencing new table as new_rows for each statement execute function finding_rows_changed();
create trigger mark_updated after update on fleet_findings
  referencing new table as new_rows for each statement execute function finding_rows_changed();

-- What was registered before there was a topic.
insert into bike_changes (bike_id, version) select bike_id, 1 from bikes;

-- The newest entity of each bike as bike.entity told it: what normalize judges by.
create table known_bikes (
  bike_id  uuid primary key,
  version  bigint not null,
  -- The BikeEntity.
  entity   bytea not null,
  known_at timestamptz not null default now()
);

-- The version of the bike's entity on which the judgement stands, 0 where no such bike was known; what is known since
-- may mend it. Receipt gives the order in which tracks are judged anew.
alter table quarantine
  add column bike_version bigint not null default 0,
  add column received_at  timestamptz;
