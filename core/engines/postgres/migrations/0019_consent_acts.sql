-- Consent is given to a purpose by the name that riders read, to a text that was shown, and by somebody.

update consents set purpose = 'research' where purpose = 'analytics';
alter table consents add check (purpose in ('research', 'product'));

-- What riders are shown before they consent. A text never changes: another one is another version.
create table consent_texts (
  purpose  text not null check (purpose in ('research', 'product')),
  version  text not null check (version <> ''),
  -- A language tag of BCP 47: en, de-CH.
  language text not null check (language <> ''),
  text     text not null check (text <> ''),
  added_at timestamptz not null default clock_timestamp(),
  primary key (purpose, version, language)
);

insert into consent_texts (purpose, version, language, text) values
  ('research', '1', 'en', 'Researchers may use my rides without my name: what my bike measured, where and when. I can end this at any time. Then no more of my rides are given out, and the copy for research is deleted. Results that were published before stay.'),
  ('product', '1', 'en', 'The maker may learn from my rides how far its bikes go, so that estimates of range and duration get better for everybody. I can end this at any time. Then my rides count no more when the estimates are next made.');

-- Every giving and every withdrawal; consents holds what follows from them. No row is ever changed.
create table consent_acts (
  act_id         bigint generated always as identity primary key,
  rider_id       text not null,
  purpose        text not null check (purpose in ('research', 'product')),
  act            text not null check (act in ('given', 'withdrawn')),
  at             timestamptz not null,
  -- The consent also holds for what happened since then; null: ever. Of a withdrawal, its time.
  effective_from timestamptz,
  -- The version that was shown; null where none is known.
  text_version   text,
  -- rider, console:{user}, or migration for what was stored before acts were kept.
  by             text not null check (by <> '')
);
create index on consent_acts (rider_id, purpose, act_id);

insert into consent_acts (rider_id, purpose, act, at, effective_from, by)
select rider_id, purpose, act, now(), moment, 'migration'
from (
  select rider_id, purpose, granted, 'given' as act, lower(granted) as moment, 0 as place from consents where not isempty(granted)
  union all
  select rider_id, purpose, granted, 'withdrawn', upper(granted), 1 from consents where not upper_inf(granted) and not isempty(granted)
) as known
order by rider_id, purpose, granted, place;
