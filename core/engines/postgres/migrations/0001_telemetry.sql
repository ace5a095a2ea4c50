-- The registry as far as telemetry needs it, the clocks, latest state, consent, the ledger, quarantine, analytics claims.

create extension if not exists btree_gist;

create table bikes (
  bike_id       uuid primary key,
  produced_at   timestamptz not null,
  registered_at timestamptz not null default now()
);

-- Who owned a bike when; the database refuses two owners at once.
create table ownerships (
  bike_id  uuid not null references bikes,
  rider_id text not null,
  owned    tstzrange not null,
  exclude using gist (bike_id with =, owned with &&)
);
create index on ownerships (rider_id);

-- The correction of one clock, decided once and reused for ever: a retry or a replay must give the same event times.
create table clock_offsets (
  recorder_id uuid not null,
  clock_epoch bigint not null,
  rule        text not null check (rule in ('none', 'monotonic', 'sent_at')),
  offset_ms   bigint not null,
  decided_by  uuid not null,
  decided_at  timestamptz not null default now(),
  primary key (recorder_id, clock_epoch)
);

-- One row a bike and group of values, each with its own event time; only a newer event replaces it, and of two at the
-- same time the one of the smaller recorder, received earlier, with the smaller track id stays.
create table latest_state (
  bike_id     uuid not null,
  state_group text not null,
  event_at    timestamptz not null,
  recorder_id uuid not null,
  received_at timestamptz not null,
  track_id    uuid not null,
  state       jsonb not null,
  primary key (bike_id, state_group)
) with (fillfactor = 75);

-- Consent by rider and purpose over time; an open range is a consent that holds now.
create table consents (
  rider_id text not null,
  purpose  text not null,
  granted  tstzrange not null,
  exclude using gist (rider_id with =, purpose with =, granted with &&)
);
create index on consents (rider_id, purpose);

-- The books: a row for each accepted track, and what each stage did with its samples.
create table ledger_tracks (
  track_id    uuid primary key,
  upload_id   uuid not null,
  track_index integer not null,
  bike_id     uuid not null,
  sender      text not null,
  received_at timestamptz not null,
  -- How many tracks of this delivery there will be.
  delivery_tracks integer not null,
  accepted    integer not null
);
create index on ledger_tracks (upload_id);

create table ledger_counts (
  track_id uuid not null,
  stage    text not null check (stage in ('normalize', 'search', 'latest', 'analytics')),
  outcome  text not null,
  reason   text not null default '',
  samples  integer not null,
  primary key (track_id, stage, outcome, reason)
);

-- What was not believed, kept until somebody mends the cause and replays it.
create table quarantine (
  quarantine_id  uuid primary key default gen_random_uuid(),
  track_id       uuid,
  upload_id      uuid,
  bike_id        uuid,
  stage          text not null,
  reason         text not null,
  samples        integer not null,
  -- Positions in the track, as first+count,first+count,…
  ranges         text not null,
  detail         text not null,
  -- The QuarantinedTrack as it came.
  record         bytea not null,
  -- The record of telemetry.quarantine: reading it again adds nothing.
  source         text not null unique,
  quarantined_at timestamptz not null,
  replayed_at    timestamptz
);
-- A stage that repeats a batch after a crash quarantines the same samples again, in a record of its own.
create unique index on quarantine (track_id, stage, reason, md5(ranges)) where replayed_at is null;
create index on quarantine (reason, quarantined_at) where replayed_at is null;
create index on quarantine (bike_id) where replayed_at is null;
create index on quarantine (track_id);

-- Which record of telemetry.stored answers for which samples of a track (by position in it), and what it did with them.
-- A sample is claimed once; the database refuses a second claim.
create table analytics_claims (
  track_id         uuid not null,
  source_partition integer not null,
  source_offset    bigint not null,
  samples          int4multirange not null,
  delivered        integer not null,
  withheld         jsonb not null,
  claimed_at       timestamptz not null default now(),
  primary key (track_id, source_partition, source_offset),
  exclude using gist (track_id with =, samples with &&)
);
create index on analytics_claims (claimed_at);
