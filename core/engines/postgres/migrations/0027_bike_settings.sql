-- How the owner of a bike wishes it to be set, and how the bike reports to be.
create table bike_settings (
  bike_id       uuid primary key,
  -- Counts up with each change of what is wished, also across owners: a bike takes no older one.
  version       integer not null default 0,
  -- The present owner's first: what was reported of an older one is not shown.
  since_version integer not null default 0,
  -- {values, atMs}
  desired       jsonb,
  -- {version, localChanges, values, atMs}
  reported      jsonb,
  agreed_at     timestamptz,
  -- The newest version is to be handed over where the bike is connected.
  due           boolean not null default false
);
create index on bike_settings (bike_id) where due;
