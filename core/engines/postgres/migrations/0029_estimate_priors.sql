-- Population priors made from rides of riders who consent: numbers of a population, and of nobody in it.
create table estimate_priors (
  version text primary key,
  made_at timestamptz not null default clock_timestamp(),
  origin  text not null,
  riders  integer not null,
  rides   integer not null,
  seed    text not null,
  -- SHA-256 of the content, in hex.
  digest  text not null,
  -- JSON, to the byte as it was made.
  content text not null
);

-- Which version was used from when on, and who said so; without a version the shipped one. The last row holds.
create table estimate_prior_uses (
  use_id  bigint generated always as identity primary key,
  version text references estimate_priors,
  at      timestamptz not null default clock_timestamp(),
  by      text not null,
  reason  text not null
);
