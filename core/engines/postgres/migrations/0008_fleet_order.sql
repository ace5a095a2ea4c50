-- Statements may come in any order: what was known already may count once something earlier is told.

-- What says nothing new waits, too: it is judged again when what it is about changes.
alter table manufacturing_events drop constraint manufacturing_events_check;
alter table manufacturing_events add constraint manufacturing_events_due_check check (not due or state <> 'refused');

-- A stay may begin before its end is written, in one transaction: only what comes of it must be possible.
alter table installations drop constraint installations_component_id_installed_excl;
alter table installations drop constraint installations_bike_id_slot_installed_excl;
alter table installations
  add exclude using gist (component_id with =, installed with &&) deferrable initially deferred,
  add exclude using gist (bike_id with =, slot with =, installed with &&) deferrable initially deferred;

-- Since when a revision counts, where it is not that of production: one that is told of an earlier time is none.
alter table components
  add column hardware_revised_at timestamptz,
  add column firmware_revised_at timestamptz;
