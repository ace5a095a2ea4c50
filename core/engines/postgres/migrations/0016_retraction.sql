-- Retraction: what was applied can be taken back, and stays so when its record is read again.

alter table manufacturing_events drop constraint manufacturing_events_state_check;
alter table manufacturing_events add constraint manufacturing_events_state_check
  check (state in ('applied', 'held', 'refused', 'retracted'));
alter table manufacturing_events drop constraint manufacturing_events_due_check;
alter table manufacturing_events add constraint manufacturing_events_due_check
  check (not due or state not in ('refused', 'retracted'));

-- What was taken back, never changed. In a database that is rebuilt it is known before its statement is.
create table retractions (
  event_id     uuid primary key,
  -- The proposal that two of staff agreed on: several statements may be taken back by one.
  proposal_id  uuid not null,
  cause        text not null check (cause in ('retract', 'distrust_key')),
  reason       text not null check (reason <> ''),
  proposed_by  text not null check (proposed_by <> ''),
  approved_by  text not null check (approved_by <> ''),
  retracted_at timestamptz not null default now()
);
create index on retractions (proposal_id);
create trigger keep_rows before update or delete on retractions for each row execute function refuse_change();

-- When a bike was produced as whoever registered it by hand said; empty where a statement made the bike.
alter table bikes add column registered_as_produced_at timestamptz;
update bikes set registered_as_produced_at = coalesce((
    select (row ->> 'produced_at')::timestamptz from superseded_rows
    where table_name = 'bikes' and row ->> 'bike_id' = bikes.bike_id::text and row ->> 'frame_number' is null
    order by position limit 1),
  case when frame_number is null then produced_at end);

create trigger mark_deleted after delete on bikes
  referencing old table as old_rows for each statement execute function bike_rows_changed();

-- Findings are closed, not deleted, but for those that a retracted statement gave; history keeps these, too.
create trigger keep_superseded after delete on fleet_findings for each row execute function keep_superseded();

-- What reviewers decided is taken along when a database is rebuilt, before the statements are read.
alter table review_decisions drop constraint review_decisions_event_id_fkey;
-- The statement as corrected; before it was only the statement's own last form.
alter table review_decisions add column after bytea;
update review_decisions as decided set after = statement
from manufacturing_events as events where events.event_id = decided.event_id and verdict = 'correct';
alter table claim_codes drop constraint claim_codes_said_by_fkey;
