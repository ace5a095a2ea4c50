-- What bikes rode and which faults they had, as far as the analysis of field errors by production needs it.

-- Faults that appeared, error or critical. A fault is known by who recorded it when.
create table fault_events (
  bike_id     uuid not null,
  recorder_id uuid not null,
  at          timestamptz not null,
  -- The bike's owner at that time.
  rider_id    text not null,
  code        integer not null,
  severity    smallint not null,
  primary key (bike_id, recorder_id, at)
);
create index on fault_events (at);

-- What one recorder saw of a bike and its owner on one day (UTC). Least and greatest values: repeats change nothing, and
-- the order of arrival does not matter.
create table bike_days (
  bike_id         uuid not null,
  day             date not null,
  rider_id        text not null,
  recorder_id     uuid not null,
  first_at        timestamptz not null,
  last_at         timestamptz not null,
  -- Null where it reported no odometer.
  odometer_min_cm bigint,
  odometer_max_cm bigint,
  primary key (bike_id, day, rider_id, recorder_id)
) with (fillfactor = 75);
-- Days arrive roughly in order, so this finds the days of an analysis without the weight of a real index.
create index on bike_days using brin (day);
