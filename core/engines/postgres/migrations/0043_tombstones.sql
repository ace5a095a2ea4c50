-- Riders who were erased are known again, without their names, and what comes late of them is refused.
create table erasure_tombstones (
  -- HMAC-SHA256 of the rider under the key of TOMBSTONE_KEY_FILE, in hexadecimal.
  tombstone  text primary key,
  -- The last erasure of the rider: what happened before `erased_at` is refused.
  erasure_id uuid not null,
  erased_at  timestamptz not null
);

-- Whether an erased rider owned the bike then. Workers may call it without reading who owns which bike.
create function is_erased(of_bike uuid, at timestamptz) returns boolean
  stable security definer set search_path from current language sql as $$
  select exists (select from ownerships where bike_id = of_bike and owned @> at and rider_id like 'erased:%')
$$;

create function leave_out() returns trigger language plpgsql as $$
begin
  return null;
end $$;

-- Topics are read again after an erasure, too: what is made of their samples leaves erased times out.
create trigger leave_out_erased before insert on latest_state
  for each row when (is_erased(new.bike_id, new.event_at)) execute function leave_out();
create trigger leave_out_erased before insert on reported_parts
  for each row when (is_erased(new.bike_id, new.told_at)) execute function leave_out();
create trigger leave_out_erased before insert on ride_marks
  for each row when (is_erased(new.bike_id, new.from_at)) execute function leave_out();
create trigger leave_out_erased before insert on fault_events
  for each row when (is_erased(new.bike_id, new.at)) execute function leave_out();
create trigger leave_out_erased before insert on bike_days
  for each row when (is_erased(new.bike_id, new.first_at)) execute function leave_out();
