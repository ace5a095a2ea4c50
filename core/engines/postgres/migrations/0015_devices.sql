-- Since when modules are believed, and certificates that are revoked one by one.

alter table devices
  -- From when on what the module measured is its bike's: its enrolment, unless staff has moved it back, with a reason.
  add column samples_from timestamptz;
-- Marks the bikes, too: each is published anew, with the times of its modules.
update devices set samples_from = enrolled_at;
alter table devices
  alter column samples_from set default now(),
  alter column samples_from set not null;

alter table device_certificates
  -- Serial number of the certificate of the authority that signed it. Null: the root did, before there were authorities under it; such
  -- a certificate does not tell its own number to the broker.
  add column issuer         text,
  add column revoked_at     timestamptz,
  add column revoked_reason text,
  add check ((revoked_at is null) = (revoked_reason is null));
create index on device_certificates (revoked_at) where revoked_at is not null;

-- The certificate by which the connection was let in; null where it does not tell its number.
alter table device_presence add column certificate text;

-- What people did to modules, and why: never updated.
create table device_changes (
  change_id bigint generated always as identity primary key,
  device_id uuid not null references devices,
  at        timestamptz not null default now(),
  kind      text not null check (kind in ('enrolled', 'revoked', 'certificate_revoked', 'backdated')),
  -- console:{user}, or the member of staff who approved.
  by        text not null,
  reason    text not null,
  -- Such as the serial number, or the former time.
  detail    jsonb not null default '{}'
);
create index on device_changes (device_id, change_id);
