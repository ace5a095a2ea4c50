-- Who of staff looked at whose data, when and why.

create table access_log (
  access_id bigint generated always as identity primary key,
  at        timestamptz not null default clock_timestamp(),
  -- staff:{subject of the token} or console:{user}.
  who       text not null check (who <> ''),
  -- The operation of the API or the command.
  operation text not null,
  reason    text not null check (reason <> '')
);
create index on access_log (at);

-- Whose data were shown: the owners of the bikes in the time that was shown, and riders who were named.
create table access_concerns (
  access_id bigint not null references access_log on delete cascade,
  rider_id  text,
  bike_id   uuid
);
create index on access_concerns (access_id);
create index on access_concerns (rider_id, access_id);
