-- What a trigger notes beside a change is written by the owner of the tables: whoever makes the change needs no privilege on the
-- notes, and cannot write them in any other way. Each finds its tables where they were made, whatever its caller's search path says.
alter function keep_superseded() security definer set search_path = public, pg_temp;
alter function bike_rows_changed() security definer set search_path = public, pg_temp;
alter function component_rows_changed() security definer set search_path = public, pg_temp;
alter function finding_rows_changed() security definer set search_path = public, pg_temp;
alter function ride_rows_changed() security definer set search_path = public, pg_temp;
alter function ownership_moves_rides() security definer set search_path = public, pg_temp;
