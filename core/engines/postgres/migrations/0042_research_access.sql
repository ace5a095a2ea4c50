-- Who may enter research, by which hardware key. Codes and tokens are known by their SHA-256 alone.

create table researchers (
  researcher_id uuid primary key default gen_random_uuid(),
  name          text not null check (name <> ''),
  invited_at    timestamptz not null default clock_timestamp(),
  -- console:{user} or staff:{id}
  invited_by    text not null check (invited_by <> ''),
  revoked_at    timestamptz,
  revoked_by    text,
  check ((revoked_at is null) = (revoked_by is null))
);

-- Each registers one key.
create table researcher_invitations (
  sha256        bytea primary key check (octet_length(sha256) = 32),
  researcher_id uuid not null references researchers,
  invited_at    timestamptz not null default clock_timestamp(),
  invited_by    text not null check (invited_by <> ''),
  valid_until   timestamptz not null,
  used_at       timestamptz
);
create index on researcher_invitations (researcher_id);

create table researcher_keys (
  key_id        uuid primary key default gen_random_uuid(),
  -- As the key calls itself, base64url. A revoked key is not registered again.
  credential_id text not null unique,
  researcher_id uuid not null references researchers,
  public_key    bytea not null,
  counter       bigint not null,
  aaguid        uuid not null,
  model         text not null,
  registered_at timestamptz not null default clock_timestamp(),
  used_at       timestamptz,
  revoked_at    timestamptz,
  revoked_by    text,
  check ((revoked_at is null) = (revoked_by is null))
);
create index on researcher_keys (researcher_id);

-- Given out, and not answered yet. An answer takes its row away.
create table researcher_challenges (
  challenge   text primary key,
  purpose     text not null check (purpose in ('register', 'sign_in', 'approve')),
  -- SHA-256 of an invitation or of a device code.
  about       bytea,
  valid_until timestamptz not null,
  check ((about is null) = (purpose = 'sign_in'))
);
create index on researcher_challenges (valid_until);

create table researcher_sessions (
  session_id    uuid primary key default gen_random_uuid(),
  token_sha256  bytea not null unique check (octet_length(token_sha256) = 32),
  key_id        uuid not null references researcher_keys,
  kind          text not null check (kind in ('console', 'notebook')),
  began_at      timestamptz not null default clock_timestamp(),
  -- Eight hours after it began at most.
  ends_at       timestamptz not null check (ends_at <= began_at + interval '8 hours'),
  ended_at      timestamptz
);
create index on researcher_sessions (key_id);
create index on researcher_sessions (ends_at);

-- Notebooks that ask for a token (RFC 8628).
create table researcher_devices (
  device_sha256    bytea primary key check (octet_length(device_sha256) = 32),
  user_code_sha256 bytea not null unique check (octet_length(user_code_sha256) = 32),
  client_id        text not null,
  asked_at         timestamptz not null default clock_timestamp(),
  valid_until      timestamptz not null,
  interval_s       integer not null,
  polled_at        timestamptz,
  -- The key that was touched.
  approved_by      uuid references researcher_keys,
  used_at          timestamptz
);
create index on researcher_devices (valid_until);
