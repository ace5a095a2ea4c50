-- Who may say what: partners with their keys and grants, and how each statement was proven.

-- Plants, OEMs, dealers and workshops. The id is the source that their statements name, such as plant:zwickau.
create table partners (
  partner_id    text primary key check (partner_id ~ '^(plant|oem|dealer|service):[A-Za-z0-9_.-]{1,64}$'),
  role          text not null check (role in ('plant', 'oem', 'dealer', 'workshop')),
  registered_at timestamptz not null default now()
);

create table partner_keys (
  -- JWK thumbprint (RFC 7638) of the public key: it follows from the key, so nobody can take another's.
  key_id          text primary key check (key_id ~ '^[A-Za-z0-9_-]{43}$'),
  partner_id      text not null references partners,
  -- 'api': the platform holds the private key, and seals for a partner that showed its token.
  door            text not null default 'key' check (door in ('key', 'api')),
  -- Ed25519, 32 bytes.
  public_key      bytea not null check (octet_length(public_key) = 32),
  -- All times are compared with our receipt of a record, never with times in the statement.
  valid_from      timestamptz not null default '-infinity',
  valid_until     timestamptz not null default 'infinity',
  -- Nothing that was received from then on is believed.
  distrusted_from timestamptz not null default 'infinity',
  added_at        timestamptz not null default now()
);
create index on partner_keys (partner_id);

create table partner_grants (
  partner_id text not null references partners,
  door       text not null check (door in ('key', 'api')),
  -- The case of the envelope, such as bikeProduced.
  kind       text not null,
  -- Brands and plants that it is about; '*' for all.
  brand      text not null default '*' check (brand <> ''),
  plant      text not null default '*' check (plant <> ''),
  granted_at timestamptz not null default now(),
  primary key (partner_id, door, kind, brand, plant)
);

alter table manufacturing_events
  -- 'legacy': applied before records were sealed. 'unsealed': nobody has proven who said it.
  add column provenance text not null default 'legacy' check (provenance in ('sealed', 'unsealed', 'legacy')),
  add column partner_id text references partners,
  add column key_id text references partner_keys,
  -- The id that the partner gave it; event_id is derived from both. Null where they are the same.
  add column said_event_id uuid,
  add constraint manufacturing_events_proven
    check ((provenance = 'sealed') = (partner_id is not null) and (partner_id is null) = (key_id is null));
create index on manufacturing_events (partner_id, said_event_id) where partner_id is not null;
create index on manufacturing_events (key_id, received_at) where key_id is not null;
update manufacturing_events set provenance = 'unsealed' where state <> 'applied';
alter table manufacturing_events alter column provenance drop default;

-- Sealed records whose key nobody has registered yet. They are taken in as soon as somebody does.
create table unverified_records (
  -- {topic}/{partition}/{offset}
  record      text primary key,
  key_id      text not null,
  record_key  bytea,
  value       bytea not null,
  -- Our receipt, by the clock of the broker.
  received_at timestamptz not null,
  position    bigint generated always as identity
);
create index on unverified_records (key_id, position);
