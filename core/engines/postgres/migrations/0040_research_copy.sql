-- Persons whom the research copy has still to forget. Readers of the copy leave them out from the moment of the withdrawal.

create table research_copy_withdrawals (
  person       text primary key,
  withdrawn_at timestamptz not null default clock_timestamp()
);
