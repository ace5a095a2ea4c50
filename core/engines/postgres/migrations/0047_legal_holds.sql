-- Riders whose data are kept for a legal claim, though they or staff asked to erase them: two members of staff said until when, and why.
create table legal_holds (
  rider_id    text primary key,
  -- The proposal by which it was set last.
  proposal_id uuid not null,
  until       timestamptz not null
);

alter table proposals drop constraint proposals_kind_check;
alter table proposals add constraint proposals_kind_check check
  (kind in ('ownership_case', 'review_decision', 'retract', 'distrust_key', 'second_module', 'erasure', 'legal_hold'));
