-- Ownership of its own: it changes by a claim, an offer, a release, a staff case or an import, and by no statement.

-- An empty range would read as one that never began and never ended.
delete from ownerships where isempty(owned);
alter table ownerships add constraint ownerships_owned_check check (not isempty(owned));

-- Statements gave ownerships until now. What was applied stays applied: a sale is not judged again because of one.
delete from waiting_subjects using manufacturing_events as events
  where events.event_id = waiting_subjects.event_id and kind = 'bikeSold' and state = 'applied';
update manufacturing_events set due = false where kind = 'bikeSold' and state = 'applied' and due;

-- Codes on receipts, a row each; the code itself is known to its dealer and its buyer only.
create table claim_codes (
  sha256      bytea primary key check (octet_length(sha256) = 32),
  bike_id     uuid not null references bikes,
  sold_at     timestamptz not null,
  -- The sale that issued it.
  said_by     uuid not null references manufacturing_events,
  issued_at   timestamptz not null default now(),
  valid_until timestamptz not null,
  -- Of no use any more: used, or the bike was owned otherwise since, or its sale was retracted.
  ended_at    timestamptz,
  used_by     text,
  check (used_by is null or ended_at is not null)
);
create index on claim_codes (bike_id) where ended_at is null;

-- An owner's offer to whoever shows its code; a bike has one open offer at most.
create table ownership_offers (
  offer_id    uuid primary key,
  bike_id     uuid not null references bikes,
  rider_id    text not null,
  sha256      bytea not null unique check (octet_length(sha256) = 32),
  -- From when the bike is the next owner's; since the acceptance where it is null.
  begins_at   timestamptz,
  made_at     timestamptz not null default now(),
  valid_until timestamptz not null,
  ended_at    timestamptz,
  used_by     text,
  check (used_by is null or ended_at is not null)
);
create unique index on ownership_offers (bike_id) where ended_at is null;

-- Two of staff say that a bike is another rider's. Its owner is told, and may object until object_until.
create table ownership_cases (
  -- The proposal that two of staff agreed on.
  case_id      uuid primary key,
  bike_id      uuid not null references bikes,
  former_rider text,
  -- Null where nobody shall own the bike.
  new_rider    text,
  begins_at    timestamptz,
  reason       text not null check (reason <> ''),
  author       text not null,
  state        text not null check (state in ('waiting', 'objected', 'effective', 'dismissed')),
  opened_at    timestamptz not null default now(),
  object_until timestamptz not null,
  objection    text,
  closed_at    timestamptz,
  check ((closed_at is null) = (state in ('waiting', 'objected')))
);
create unique index on ownership_cases (bike_id) where closed_at is null;
create index on ownership_cases (object_until) where state = 'waiting';

-- Every change of an owner, never updated.
create table ownership_changes (
  change_id    bigint generated always as identity primary key,
  bike_id      uuid not null references bikes,
  at           timestamptz not null default clock_timestamp(),
  kind         text not null check (kind in ('claim', 'offer', 'release', 'staff_case', 'import', 'migration')),
  -- Null where nobody owned the bike, or nobody owns it from now on.
  former_rider text,
  new_rider    text,
  -- From when it counts.
  begins_at    timestamptz,
  -- rider:{id}, staff:{id} or console:{user}.
  author       text not null check (author <> ''),
  reason       text not null default ''
);
create index on ownership_changes (bike_id, change_id);
create index on ownership_changes (former_rider);
create index on ownership_changes (new_rider);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed', tg_table_name;
end $$;
create trigger keep_rows before delete on ownership_changes for each row execute function refuse_change();
create trigger keep_columns
  before update of change_id, bike_id, at, kind, former_rider, new_rider, begins_at, author, reason
  on ownership_changes for each row execute function refuse_change();

insert into ownership_changes (bike_id, at, kind, former_rider, new_rider, begins_at, author, reason)
select bike_id, now(), 'migration',
  lag(rider_id) over (partition by bike_id order by owned), rider_id, lower(owned), 'platform:migration',
  coalesce('statement ' || said_by, 'registered by hand')
from ownerships order by bike_id, owned;

-- Words for riders about what others did with their bikes.
create table notices (
  notice_id bigint generated always as identity primary key,
  rider_id  text not null,
  kind      text not null,
  bike_id   uuid,
  -- What it is about: a case.
  subject   uuid,
  detail    jsonb not null default '{}',
  at        timestamptz not null default clock_timestamp()
);
create index on notices (rider_id, notice_id);

-- Tries of codes within an hour, by account and by address.
create table claim_attempts (
  -- rider:{id} or address:{address}.
  caller   text primary key,
  began_at timestamptz not null,
  tries    integer not null
);
create index on claim_attempts (began_at);

-- While it is disputed whose a bike is, nobody commands it.
create function bike_is_contested(bike uuid) returns boolean stable language sql as $$
  select exists (select from ownership_cases where bike_id = bike and closed_at is null)
$$;
