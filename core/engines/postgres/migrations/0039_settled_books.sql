-- A track whose samples are all accounted for, with none in quarantine, takes one short row in place of a row of ledger_tracks and
-- four or more of ledger_counts. It says the same: docs/decisions/settled-books.md.

-- Senders, and bikes as `bike:{id}`, which is the sender's name of a bike's own module.
create table ledger_names (
  name_id integer generated always as identity primary key,
  name    text not null unique
);

-- In partitions of a week, which are dropped whole. Eight columns: with a ninth every row with a null would take 8 bytes more.
create table ledger_settled (
  received_at timestamptz not null,
  track_id    uuid not null,
  -- Null for a module, whose message is an upload of its own with the id of its track.
  upload_id   uuid,
  sender      integer not null,
  -- Null for a module: its own.
  bike        integer,
  accepted    integer not null,
  -- Samples that analytics delivered; null is none. Those that it withheld as consent_absent are what is left of the stored ones.
  delivered   integer,
  -- {track_index, delivery_tracks, duplicate samples, samples withheld as consent_not_at_event_time}; null is {0, 1, 0, 0}.
  unusual     integer[]
) partition by range (received_at);

-- The first 32 bits. The id of a module's track is a hash, so that hardly two tracks of a week have the same ones.
create function id_head(id uuid) returns integer immutable language sql as $$
  select ('x' || left(id::text, 8))::bit(32)::integer
$$;

-- Riders ask for their uploads; a module's message that comes again much later is found by the id of its track.
create index on ledger_settled (sender) where upload_id is not null;
create index on ledger_settled (id_head(track_id)) where upload_id is null;

create function settled_counts(accepted integer, delivered integer, unusual integer[]) returns jsonb
immutable language sql as $$
  select coalesce(jsonb_agg(
    jsonb_build_object('stage', stage, 'outcome', outcome, 'reason', reason, 'samples', samples)
    order by stage, outcome, reason) filter (where samples > 0), '[]')
  from (select coalesce(unusual[3], 0), coalesce(delivered, 0), coalesce(unusual[4], 0)) as rare (duplicate, delivered, not_then),
    lateral (values
      ('normalize', 'clean', '', accepted),
      ('search', 'stored', '', accepted - duplicate),
      ('search', 'duplicate', '', duplicate),
      ('latest', 'merged', '', accepted),
      ('analytics', 'delivered', '', rare.delivered),
      ('analytics', 'withheld', 'consent_absent', accepted - duplicate - rare.delivered - not_then),
      ('analytics', 'withheld', 'consent_not_at_event_time', not_then)
    ) as lines (stage, outcome, reason, samples)
$$;

-- The books of all tracks, settled or not. Rows of modules have no index of senders: who asks for those of a sender asks for
-- `not by_module`, or for the track by `id_head(track_id)`.
create view ledger_books as
select track_id, upload_id, track_index, bike_id, sender, received_at, delivery_tracks, accepted, (
    select coalesce(jsonb_agg(
      jsonb_build_object('stage', stage, 'outcome', outcome, 'reason', reason, 'samples', samples)
      order by stage, outcome, reason), '[]')
    from ledger_counts where ledger_counts.track_id = ledger_tracks.track_id) as counts,
  starts_with(sender, 'bike:') as by_module
from ledger_tracks
union all
select track_id, upload_id, coalesce(unusual[1], 0), substr(bikes.name, 6)::uuid, senders.name, received_at,
  coalesce(unusual[2], 1), accepted, settled_counts(accepted, delivered, unusual), false
from ledger_settled
  join ledger_names as senders on senders.name_id = ledger_settled.sender
  join ledger_names as bikes on bikes.name_id = ledger_settled.bike
where upload_id is not null
union all
select track_id, track_id, coalesce(unusual[1], 0), substr(senders.name, 6)::uuid, senders.name, received_at,
  coalesce(unusual[2], 1), accepted, settled_counts(accepted, delivered, unusual), true
from ledger_settled join ledger_names as senders on senders.name_id = ledger_settled.sender
where upload_id is null;

-- Makes the partitions from so many days ago to next week, and drops those that are wholly older. Only the owner of a table makes its
-- partitions: who may add to the table may call this. Rejects with lock_not_available when readers hold the table for two seconds.
create function keep_ledger_partitions(kept_days integer) returns void
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
  oldest timestamptz := date_trunc('week', now() - make_interval(days => kept_days));
  week timestamptz;
  part text;
begin
  if kept_days < 1 or not has_table_privilege(session_user, 'ledger_settled', 'insert') then
    raise insufficient_privilege using message = 'whoever keeps partitions may add to ledger_settled, and keeps a day or more';
  end if;
  for week in select generate_series(oldest, now() + interval '7 days', interval '7 days') loop
    part := to_char(week, '"ledger_settled_"YYYYMMDD');
    if to_regclass(part) is null then
      execute format('create table %I partition of ledger_settled for values from (%L) to (%L)', part, week, week + interval '7 days');
    end if;
  end loop;
  for part in
    select relname from pg_inherits join pg_class on oid = inhrelid
    where inhparent = 'ledger_settled'::regclass and relname < to_char(oldest, '"ledger_settled_"YYYYMMDD')
  loop
    execute format('drop table %I', part);
  end loop;
end
$$;
