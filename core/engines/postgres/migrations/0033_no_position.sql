-- 0/0 is told by receivers without a fix. Where it is a bike's latest position, nothing is known until the next one comes.
delete from latest_state
where state_group = 'position'
  and (state ->> 'latitude_deg')::float8 = 0 and (state ->> 'longitude_deg')::float8 = 0;
