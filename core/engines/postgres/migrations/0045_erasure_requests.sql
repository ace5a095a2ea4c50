-- Riders who have asked to be erased, until it begins or they take it back. Then `erasures` has the same id.
create table erasure_requests (
  erasure_id uuid primary key default gen_random_uuid(),
  rider_id   text not null unique,
  asked_at   timestamptz not null default clock_timestamp(),
  due_at     timestamptz not null,
  -- When it was tried last, and why it could not begin.
  tried_at   timestamptz,
  obstacle   text,
  check ((tried_at is null) = (obstacle is null))
);
create index on erasure_requests (due_at);
