-- What bikes say they carry: the newest word for each slot. No reference to bikes: a report must not wait for anything.
create table reported_parts (
  bike_id       uuid not null,
  slot          text not null,
  -- In capitals, without white space, as in components.
  serial_number text not null,
  -- Event time of the track that says so.
  told_at       timestamptz not null,
  track_id      uuid not null,
  primary key (bike_id, slot)
);
create index on reported_parts (serial_number);
