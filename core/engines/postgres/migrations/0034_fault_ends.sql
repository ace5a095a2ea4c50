-- A fault counts when it appears, so its end is kept as well. What was kept before had appeared.
alter table fault_events add column active boolean not null default true;
