-- Commands end with ownership, wait for a bike that is connected, and are signed where a module verifies them.

-- When the broker got the command last. A command that an earlier version handed over may stay there until it expires.
alter table commands add column handed_over_at timestamptz;
update commands set handed_over_at = expires_at, next_attempt_at = expires_at where state in ('sent', 'acknowledged');
create index on commands (next_attempt_at) where state in ('queued', 'sent');

-- The platform itself ended it, not the bike: a later report of the bike is noted in the history.
alter table commands add column ended_by_platform boolean not null default false;

-- A module that obeys only what a certified key of the platform has signed. Those in the field go on without.
alter table devices add column verifies_commands boolean not null default false;

-- Since when no command of before the change can reach the bike any more. Its new owner is published after that.
alter table ownership_changes add column purged_at timestamptz;
update ownership_changes set purged_at = now();
create index on ownership_changes (bike_id) where purged_at is null;
create index on ownership_changes (change_id) where purged_at is null;

create index on commands (created_at) where state = 'queued';
create index on commands (bike_id, requested_by) where state in ('queued', 'sent', 'acknowledged');
