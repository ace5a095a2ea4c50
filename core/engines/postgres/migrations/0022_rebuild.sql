-- A database that is rebuilt reads manufacturing.events from its beginning, and comes to the same state as the former one.

-- What the former one knew of statements that would not be believed today as they were then: no seal proves them, their key has
-- ended since, or a grant was withdrawn. It is known before they are read.
create table remembered_statements (
  event_id   uuid primary key,
  -- Of the statement as it came; only that content counts.
  sha256     bytea not null,
  provenance text not null check (provenance in ('sealed', 'unsealed', 'legacy')),
  -- It was applied, so it is believed, whatever its partner is granted now.
  applied    boolean not null,
  -- The bike that it sold: the same sale says nothing new, whoever owns the bike now.
  sold_bike  uuid
);
create index on remembered_statements (sold_bike) where sold_bike is not null;

-- What was applied under a grant stays when it is withdrawn, so it is known that there was one.
alter table partner_grants add column withdrawn_at timestamptz;

-- What a merge means, by names: {alias: {type, serialNumber}, into: {type, serialNumber}}. The id of a component is that of the
-- statement that made it known, and another one may be first the next time.
alter table review_decisions add column merged jsonb;
update review_decisions as decided set merged = jsonb_build_object(
    'alias', jsonb_build_object('type', alias.component_type, 'serialNumber', alias.serial_number),
    'into', jsonb_build_object('type', known.component_type, 'serialNumber', known.serial_number))
from component_aliases as alias join components as known using (component_id)
where verdict = 'merge' and merged_into = component_id and alias.said_by = decided.event_id;
