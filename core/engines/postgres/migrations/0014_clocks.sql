-- A decision about a clock belongs to its sender: who knows the id of another's recorder decides nothing about it.

-- What was decided before senders counted remains the answer for all tracks that it decided: those received until now, and repeats
-- of uploads received until now. The new name also stops workers of the former version, which would go on deciding by it.
alter table clock_offsets rename to former_clock_decisions;
alter table former_clock_decisions add column held_until timestamptz not null default now();

-- The corrections of a sender's recorder in one clock epoch, in the order in which they were decided; none is ever revised. Of several
-- that fit a track the first holds.
create table clock_decisions (
  decision_id  bigint generated always as identity primary key,
  sender       text not null,
  recorder_id  uuid not null,
  clock_epoch  bigint not null,
  -- Null where the decision is older than boots in decisions.
  boot_id      bigint,
  -- What the recorder's wall clock showed at that boot; null where it tells of no monotonic clock.
  boot_wall_ms bigint,
  rule         text not null check (rule in ('none', 'monotonic', 'sent_at')),
  offset_ms    bigint not null,
  decided_by   uuid not null,
  decided_at   timestamptz not null default now()
);
create index on clock_decisions (recorder_id, sender, clock_epoch, decision_id);
create index on clock_decisions (recorder_id, sender, clock_epoch, boot_id, boot_wall_ms);

-- What a sender's own track decided goes on helping his tracks of that epoch that tell nothing of their clock.
insert into clock_decisions (sender, recorder_id, clock_epoch, rule, offset_ms, decided_by, decided_at)
select sender, recorder_id, clock_epoch, rule, offset_ms, decided_by, decided_at
from former_clock_decisions join ledger_tracks on track_id = decided_by
order by decided_at, recorder_id, clock_epoch;
