-- Modules of a bike that sent more than their quota are not let in for a while.
create table module_suspensions (
  bike_id         uuid primary key,
  -- In a row; 0 while the row is being made.
  times           integer not null default 0,
  suspended_at    timestamptz not null default now(),
  suspended_until timestamptz not null default now()
);
create index on module_suspensions (suspended_until);
