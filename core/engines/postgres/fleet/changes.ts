// Writes changes, all of a kind in a batch with one statement of SQL. Triggers keep the rows as they were.
import type { StatedChange, WriteBatch } from '../../../fleet/judging/changes/changes.ts'
import type { BikeFact, ComponentFact } from '../../../fleet/judging/facts.ts'
import type { Transaction } from '../client/connect.ts'
import { checkDigitNames } from './facts.ts'
import { findingWriters } from './finding-changes.ts'
import { isoTime, saidBy, stayWriters, type Writers } from './stay-changes.ts'

/** Batch after batch, and in each kind after kind. */
export async function writeChanges(tx: Transaction, batches: readonly WriteBatch[]): Promise<void> {
  for (const { kind, stated } of batches.flat()) await (writers[kind] as Writer)(tx, stated)
}

type Writer = (tx: Transaction, said: readonly StatedChange[]) => Promise<unknown>

const writers: Writers = {
  ...stayWriters,

  define_type: (tx, said) => tx`
    insert into component_types
      (component_type, name, serial_pattern, check_digit, fault_codes, said_by)
    select type, name, pattern, check_digit, coalesce(int4range(first_code, last_code, '[]'), 'empty'), said_by
    from unnest(
      ${said.map(({ change }) => change.type.type)}::text[],
      ${said.map(({ change }) => change.type.name)}::text[],
      ${said.map(({ change }) => change.type.serialPattern)}::text[],
      ${said.map(({ change }) => checkDigitName(change.type.checkDigit))}::text[],
      ${said.map(({ change }) => change.type.faultCodes?.[0] ?? null)}::integer[],
      ${said.map(({ change }) => change.type.faultCodes?.[1] ?? null)}::integer[],
      ${saidBy(said)}::uuid[]
    ) as given (type, name, pattern, check_digit, first_code, last_code, said_by)
    on conflict (component_type) do update set
      name = excluded.name, serial_pattern = excluded.serial_pattern, check_digit = excluded.check_digit,
      fault_codes = excluded.fault_codes, said_by = excluded.said_by`,

  define_model: (tx, said) => tx`
    insert into bike_models (model_id, name, slots, produced, said_by)
    select model_id, name, slots::jsonb, tstzrange(produced_from, produced_until), said_by
    from unnest(
      ${said.map(({ change }) => change.model.modelId)}::text[],
      ${said.map(({ change }) => change.model.name)}::text[],
      ${said.map(({ change }) => JSON.stringify(change.model.slots))}::text[],
      ${said.map(({ change }) => isoTime(change.model.producedFromMs))}::timestamptz[],
      ${said.map(({ change }) => isoTime(change.model.producedUntilMs))}::timestamptz[],
      ${saidBy(said)}::uuid[]
    ) as given (model_id, name, slots, produced_from, produced_until, said_by)
    on conflict (model_id) do update set
      name = excluded.name, slots = excluded.slots, produced = excluded.produced, said_by = excluded.said_by`,

  add_bike: (tx, said) => tx`
    insert into bikes (bike_id, frame_number, model_id, plant, oem, produced_at, said_by)
    select bike_id, frame_number, model_id, plant, oem, produced_at, said_by from ${bikesOf(tx, said)}
    order by bike_id`,

  change_bike: (tx, said) => tx`
    update bikes as known set
      frame_number = given.frame_number, model_id = given.model_id, plant = given.plant, oem = given.oem,
      produced_at = given.produced_at, delivered_at = given.delivered_at,
      said_by = coalesce(known.said_by, given.said_by),
      delivered_by = case
        when known.delivered_at is distinct from given.delivered_at then given.said_by else known.delivered_by end
    from ${bikesOf(tx, said)} where known.bike_id = given.bike_id`,

  add_component: (tx, said) => tx`
    insert into components (component_id, component_type, serial_number, hardware_revision, firmware_revision, batch,
      plant, produced_at, said_by)
    select component_id, component_type, serial_number, hardware_revision, firmware_revision, batch, plant,
      produced_at, said_by
    from ${componentsOf(tx, said)} order by component_type, serial_number`,

  change_component: (tx, said) => tx`
    update components as known set
      hardware_revision = given.hardware_revision, firmware_revision = given.firmware_revision,
      batch = given.batch, plant = given.plant, produced_at = given.produced_at,
      recycled_at = given.recycled_at, hardware_revised_at = given.hardware_revised_at,
      firmware_revised_at = given.firmware_revised_at, said_by = given.said_by
    from ${componentsOf(tx, said)} where known.component_id = given.component_id`,

  alias: (tx, said) => tx`
    insert into component_aliases (component_type, serial_number, component_id, said_by)
    select * from unnest(
      ${said.map(({ change }) => change.name.type)}::text[],
      ${said.map(({ change }) => change.name.serialNumber)}::text[],
      ${said.map(({ change }) => change.componentId)}::uuid[],
      ${saidBy(said)}::uuid[])`,

  unalias: (tx, said) => tx`
    delete from component_aliases where (component_type, serial_number, component_id) in (
      select * from unnest(
        ${said.map(({ change }) => change.name.type)}::text[],
        ${said.map(({ change }) => change.name.serialNumber)}::text[],
        ${said.map(({ change }) => change.componentId)}::uuid[]))`,

  service: (tx, said) => tx`
    insert into service_events (event_id, kind, bike_id, component_id, at)
    select said_by, kind, bike_id, component_id, at
    from unnest(
      ${said.map(({ change }) => change.service)}::text[],
      ${said.map(({ change }) => change.bikeId ?? null)}::uuid[],
      ${said.map(({ change }) => change.componentId)}::uuid[],
      ${said.map(({ change }) => isoTime(change.atMs))}::timestamptz[],
      ${saidBy(said)}::uuid[]
    ) as given (kind, bike_id, component_id, at, said_by)
    on conflict do nothing`,

  ...findingWriters,
}

const bikesOf = (
  tx: Transaction,
  said: readonly { change: { bike: BikeFact }; saidBy: string }[],
) => tx`unnest(
  ${said.map(({ change }) => change.bike.bikeId)}::uuid[],
  ${said.map(({ change }) => change.bike.frameNumber ?? null)}::text[],
  ${said.map(({ change }) => change.bike.modelId ?? null)}::text[],
  ${said.map(({ change }) => change.bike.plant ?? null)}::text[],
  ${said.map(({ change }) => change.bike.oem ?? null)}::text[],
  ${said.map(({ change }) => isoTime(change.bike.producedAtMs))}::timestamptz[],
  ${said.map(({ change }) => isoTime(change.bike.deliveredAtMs))}::timestamptz[],
  ${saidBy(said)}::uuid[]
) as given (bike_id, frame_number, model_id, plant, oem, produced_at, delivered_at, said_by)`

type SaidComponents = readonly { change: { component: ComponentFact }; saidBy: string }[]

const componentsOf = (tx: Transaction, said: SaidComponents) => tx`unnest(
  ${said.map(({ change }) => change.component.componentId)}::uuid[],
  ${said.map(({ change }) => change.component.type)}::text[],
  ${said.map(({ change }) => change.component.serialNumber)}::text[],
  ${said.map(({ change }) => change.component.hardwareRevision)}::text[],
  ${said.map(({ change }) => change.component.firmwareRevision)}::text[],
  ${said.map(({ change }) => change.component.batch)}::text[],
  ${said.map(({ change }) => change.component.plant)}::text[],
  ${said.map(({ change }) => isoTime(change.component.producedAtMs))}::timestamptz[],
  ${said.map(({ change }) => isoTime(change.component.recycledAtMs))}::timestamptz[],
  ${said.map(({ change }) => isoTime(change.component.hardwareRevisedAtMs))}::timestamptz[],
  ${said.map(({ change }) => isoTime(change.component.firmwareRevisedAtMs))}::timestamptz[],
  ${saidBy(said)}::uuid[]
) as given (component_id, component_type, serial_number, hardware_revision, firmware_revision, batch, plant,
  produced_at, recycled_at, hardware_revised_at, firmware_revised_at, said_by)`

function checkDigitName(checkDigit: number): string {
  const found = Object.entries(checkDigitNames).find(([, number]) => number === checkDigit)
  return found?.[0] ?? 'none'
}
