-- Master data: what was said about bikes and their parts, what is believed of it, and the review of what is doubtful.

-- Every statement, as it came. Everything below names the one that said so.
create table manufacturing_events (
  event_id    uuid primary key,
  source      text not null,
  -- The case of the envelope, such as bike_produced.
  kind        text not null,
  occurred_at timestamptz,
  received_at timestamptz not null default now(),
  -- Frame numbers, serial numbers and ids that it is about, as {type}:{value}: what must be judged again when one changes.
  subjects    text[] not null,
  -- The ManufacturingEvent that counts now: as it came, unless a reviewer corrected it.
  statement   bytea not null,
  -- Of the statement as it came: the same event id with other content is another event.
  sha256      bytea not null,
  -- The record of manufacturing.events, as {topic}/{partition}/{offset}.
  record      text not null,
  state       text not null check (state in ('applied', 'held', 'refused')),
  decided_at  timestamptz not null default now(),
  -- Held, and something that it is about has changed since: it is to be judged again.
  due         boolean not null default false check (not due or state = 'held'),
  -- Order in which statements were applied; what is judged again keeps its place among the waiting.
  position    bigint generated always as identity
);
create index on manufacturing_events using gin (subjects);
create index on manufacturing_events (position) where state = 'held';
create index on manufacturing_events (position) where due;
create index on manufacturing_events (source, position);

-- The subjects of what is held: whoever changes many things finds quickly what waits for them.
create table waiting_subjects (
  subject  text not null,
  event_id uuid not null references manufacturing_events,
  primary key (subject, event_id)
);
create index on waiting_subjects (event_id);

-- What a person decided about a statement, never changed.
create table review_decisions (
  decision_id uuid primary key,
  event_id    uuid not null references manufacturing_events,
  verdict     text not null check (verdict in ('accept', 'correct', 'merge', 'reject')),
  reason      text not null check (reason <> ''),
  author      text not null check (author <> ''),
  -- The statement before it was corrected.
  before      bytea,
  -- The component that the doubtful one is the same as.
  merged_into uuid,
  -- Findings that do not hold the statement back any more.
  accepted    text[] not null default '{}',
  -- Of what was asked for: the same decision id with another request is another decision.
  sha256      bytea not null,
  decided_at  timestamptz not null default now()
);
create index on review_decisions (event_id, decided_at);

-- Every judgement of a statement that said something else than the one before, never changed; the last one counts.
create table manufacturing_judgements (
  event_id    uuid not null references manufacturing_events,
  number      integer not null,
  state       text not null,
  -- [{reason, severity, subject, detail, evidence}]
  findings    jsonb not null,
  decision_id uuid references review_decisions,
  judged_at   timestamptz not null default now(),
  primary key (event_id, number)
);

create table component_types (
  component_type   text primary key,
  name             text not null,
  serial_pattern   text not null,
  check_digit      text not null check (check_digit in ('none', 'luhn', 'mod_37_36')),
  fault_codes      int4range not null default 'empty',
  said_by          uuid not null references manufacturing_events
);

create table bike_models (
  model_id text primary key,
  name     text not null,
  -- [{slot, type, required}]
  slots    jsonb not null,
  produced tstzrange not null,
  said_by  uuid not null references manufacturing_events
);

-- Empty where a bike was registered by hand.
alter table bikes
  add column frame_number text unique,
  add column model_id     text references bike_models,
  add column plant        text,
  add column oem          text,
  add column delivered_at timestamptz,
  -- Who said all but the delivery.
  add column said_by      uuid references manufacturing_events,
  add column delivered_by uuid references manufacturing_events;

create table components (
  component_id      uuid primary key default gen_random_uuid(),
  component_type    text not null references component_types,
  serial_number     text not null,
  hardware_revision text not null,
  firmware_revision text not null,
  batch             text not null,
  plant             text not null,
  produced_at       timestamptz not null,
  recycled_at       timestamptz,
  said_by           uuid not null references manufacturing_events,
  unique (component_type, serial_number)
);
create index on components (serial_number);
create index on components (plant, component_type, produced_at);
create index on components (component_type, batch);

-- Another serial number by which a component was named, wrongly, and is understood since.
create table component_aliases (
  component_type text not null,
  serial_number  text not null,
  component_id   uuid not null references components,
  said_by        uuid not null references manufacturing_events,
  primary key (component_type, serial_number)
);

-- Which component was where, when. The database refuses one component in two places, and two in one slot.
create table installations (
  installation_id uuid primary key default gen_random_uuid(),
  bike_id         uuid not null references bikes,
  slot            text not null,
  component_id    uuid not null references components,
  installed       tstzrange not null check (not isempty(installed)),
  installed_by    uuid not null references manufacturing_events,
  removed_by      uuid references manufacturing_events,
  exclude using gist (component_id with =, installed with &&),
  exclude using gist (bike_id with =, slot with =, installed with &&)
);
create index on installations (bike_id, slot);

alter table ownerships add column said_by uuid references manufacturing_events;

create table service_events (
  event_id     uuid not null references manufacturing_events,
  kind         text not null check (kind in ('swap', 'remanufacture', 'recycle')),
  bike_id      uuid references bikes,
  component_id uuid not null references components,
  at           timestamptz not null,
  primary key (event_id, component_id)
);
create index on service_events (component_id);
create index on service_events (bike_id);

-- What is doubtful about a bike or a component though it was accepted; closed when something explains it.
create table fleet_findings (
  finding_id   uuid primary key default gen_random_uuid(),
  reason       text not null,
  -- A slot or serial number; empty where it is the bike.
  subject      text not null default '',
  detail       text not null,
  evidence     jsonb not null,
  bike_id      uuid references bikes,
  component_id uuid references components,
  event_id     uuid references manufacturing_events,
  opened_at    timestamptz not null default now(),
  closed_at    timestamptz,
  -- What explained it.
  closed_by    text,
  check ((closed_at is null) = (closed_by is null)),
  check (bike_id is not null or component_id is not null)
);
create unique index on fleet_findings (bike_id, reason, subject) where closed_at is null and bike_id is not null;
create index on fleet_findings (component_id) where closed_at is null;
create index on fleet_findings (reason, opened_at) where closed_at is null;

-- What a row of master data said before it was changed: nothing that someone may ask about later gets lost.
create table superseded_rows (
  position      bigint generated always as identity primary key,
  table_name    text not null,
  row           jsonb not null,
  superseded_at timestamptz not null default clock_timestamp()
);
create index on superseded_rows (table_name, (row ->> 'bike_id'));
create index on superseded_rows (table_name, (row ->> 'component_id'));

create function keep_superseded() returns trigger language plpgsql as $$
begin
  insert into superseded_rows (table_name, row) values (tg_table_name, to_jsonb(old));
  return null;
end $$;

create trigger keep_superseded after update or delete on component_types for each row execute function keep_superseded();
create trigger keep_superseded after update or delete on bike_models for each row execute function keep_superseded();
create trigger keep_superseded after update or delete on bikes for each row execute function keep_superseded();
create trigger keep_superseded after update or delete on components for each row execute function keep_superseded();
create trigger keep_superseded after update or delete on component_aliases for each row execute function keep_superseded();
create trigger keep_superseded after update or delete on installations for each row execute function keep_superseded();
create trigger keep_superseded after update or delete on ownerships for each row execute function keep_superseded();

-- How far a file of a plant or an OEM was read.
create table intake_files (
  source     text not null,
  sha256     bytea not null,
  name       text not null,
  rows_read  integer not null,
  finished   boolean not null default false,
  changed_at timestamptz not null default now(),
  primary key (source, sha256)
);
