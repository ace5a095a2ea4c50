-- Staff: what takes two persons, and who looked at which rider's data.

create table proposals (
  proposal_id  uuid primary key,
  kind         text not null check (kind in ('ownership_case', 'review_decision', 'retract', 'distrust_key', 'second_module')),
  -- What it is about: a bike, a statement, a key.
  subject      text not null,
  -- As the executor of its kind takes it.
  payload      jsonb not null,
  -- [{who, change: gains|loses, what}], as it was shown to both persons.
  effects      jsonb not null,
  reason       text not null check (reason <> ''),
  -- staff:{subject of the token} or console:{user}.
  proposed_by  text not null check (proposed_by <> ''),
  proposed_at  timestamptz not null default now(),
  expires_at   timestamptz not null,
  verdict      text check (verdict in ('approved', 'rejected')),
  decided_by   text,
  decided_for  text,
  decided_at   timestamptz,
  -- What came of it: {done, detail}. Null until an approved proposal was carried out.
  outcome      jsonb,
  check ((verdict is null) = (decided_by is null) and (verdict is null) = (decided_at is null)),
  -- Two persons, whoever asks the database.
  check (decided_by <> proposed_by or verdict = 'rejected'),
  check (outcome is null or verdict = 'approved')
);
create index on proposals (proposed_at, proposal_id) where verdict is null;
create index on proposals (subject);
