-- Telemetry that waits for its bike is judged anew when that became known of the bike by which telemetry is judged: not for a part
-- that was exchanged, or a doubt about one.
alter table known_bikes
  -- SHA-256 of what telemetry is judged by, in hex, and the version of the entity that brought it. Empty: not known yet, so the next
  -- entity counts as one that does.
  add column judged_by      text not null default '',
  add column judged_version bigint;
update known_bikes set judged_version = version;
alter table known_bikes alter column judged_version set not null;
