-- An odometer restarts with its display, so the least and the greatest reading of a day tell no way: the ways between readings do, [from, until) in
-- centimetres. Their union is the same in any order and however often they are told.
alter table bike_days add column odometer_cm int8multirange not null default '{}';
update bike_days set odometer_cm = int8multirange(int8range(odometer_min_cm, odometer_max_cm))
where odometer_min_cm < odometer_max_cm;
alter table bike_days drop column odometer_min_cm, drop column odometer_max_cm;
