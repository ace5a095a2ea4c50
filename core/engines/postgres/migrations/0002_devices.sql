-- Modules of bikes with their certificates and presence, gaps in what they send, and commands to bikes.

-- A module belongs to one bike for its life; moved to another bike it is enrolled anew, under a new id. The id is the
-- common name of its certificates, its MQTT client id and the recorder of its tracks.
create table devices (
  device_id      uuid primary key,
  bike_id        uuid not null,
  enrolled_at    timestamptz not null default now(),
  revoked_at     timestamptz,
  revoked_reason text,
  check ((revoked_at is null) = (revoked_reason is null))
);
create index on devices (bike_id);
create index on devices (revoked_at) where revoked_at is not null;

create table device_certificates (
  -- Hexadecimal, as in the certificate.
  serial_number text primary key,
  device_id     uuid not null references devices,
  -- SHA-256 of the public key: a key gets one certificate, so a stolen one comes back neither by renewal nor as another device.
  key_sha256    bytea not null unique,
  not_before    timestamptz not null,
  not_after     timestamptz not null
);
create index on device_certificates (device_id);
create index on device_certificates (not_after);

-- Online or not, by the broker's connection events; of two connections the later one counts.
create table device_presence (
  device_id       uuid primary key references devices,
  online          boolean not null,
  -- The broker's name of the connection: the end of an earlier one does not take a later one offline.
  connection      text not null,
  connected_at    timestamptz not null,
  disconnected_at timestamptz,
  changed_at      timestamptz not null,
  check (online or disconnected_at is not null)
);
create index on device_presence (connection) where online;

-- The tracks of a recorder are numbered; what is missing is known, and asked for once.
create table recorder_sequences (
  recorder_id    uuid primary key,
  bike_id        uuid not null,
  -- All numbers from the first to before the next were seen or are in a row of sequence_gaps.
  first_sequence bigint not null,
  next_sequence  bigint not null
);

create table sequence_gaps (
  recorder_id    uuid not null references recorder_sequences,
  missing        int8range not null,
  noticed_at     timestamptz not null default now(),
  state_asked_at timestamptz,
  exclude using gist (recorder_id with =, missing with &&)
);
create index on sequence_gaps (noticed_at) where state_asked_at is null;

-- A command, from its request to its end. The table is the outbox too: what is queued is yet to be published.
create table commands (
  command_id      uuid primary key,
  bike_id         uuid not null,
  -- Order of the bike's commands.
  position        bigint generated always as identity,
  -- rider:{id}, service:{id} or platform:{worker}.
  requested_by    text not null,
  idempotency_key text not null,
  -- {kind, …parameters}, as requested.
  action          jsonb not null,
  -- The Command of mobility.devices.v1, as published.
  payload         bytea not null,
  created_at      timestamptz not null,
  expires_at      timestamptz not null,
  state           text not null default 'queued' check
    (state in ('queued', 'sent', 'acknowledged', 'executed', 'rejected', 'expired', 'failed')),
  changed_at      timestamptz not null default now(),
  -- A bike without a session is tried again after growing pauses.
  attempts        integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  unique (bike_id, requested_by, idempotency_key)
);
create index on commands (bike_id, position);
create index on commands (bike_id, position) where state in ('queued', 'sent', 'acknowledged');
create index on commands (next_attempt_at) where state = 'queued';
create index on commands (expires_at) where state in ('queued', 'sent', 'acknowledged');

-- Every change of state, never updated.
create table command_history (
  command_id uuid not null references commands,
  number     integer not null,
  state      text not null,
  at         timestamptz not null,
  detail     text not null default '',
  primary key (command_id, number)
);
