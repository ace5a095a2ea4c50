-- What the research gateway answered to whom, and what researchers have left of a day.

-- A chain: each hash is made of the row and of the hash before it (core/research/gateway/audit.ts).
create table research_queries (
  number       bigint primary key,
  researcher   text not null,
  asked_at     timestamptz(3) not null,
  -- As the gateway understood it, JSON.
  query        text not null,
  documents    int not null,
  answer_bytes int not null,
  hash         text not null unique
);

create table research_budgets (
  researcher text not null,
  -- UTC.
  day        date not null,
  documents  int not null,
  -- The newest minute with a query, and how many it had.
  minute     timestamptz not null,
  queries    int not null,
  primary key (researcher, day)
);
