// Loads the facts about some subjects, in a few queries however many they are.

import { CheckDigit } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type {
  BikeFact,
  ComponentFact,
  ComponentTypeFact,
  InstallationFact,
  ModelFact,
} from '../../../fleet/judging/facts.ts'
import type { FleetSnapshot } from '../../../fleet/judging/working-facts.ts'
import type { ComponentName } from '../../../fleet/statements/said.ts'
import type { SubjectNames } from '../../../fleet/statements/subjects.ts'
import type { Sql, Transaction } from '../client/connect.ts'

export const checkDigitNames = {
  none: CheckDigit.NONE,
  luhn: CheckDigit.LUHN,
  mod_37_36: CheckDigit.MOD_37_36,
}

/** Besides what is named: the bikes' models, all that ever was in them, wherever components were, and all their names. */
export async function loadFacts(
  tx: Transaction,
  { frames, bikes, models, types, components }: SubjectNames,
  namedIds: readonly string[],
): Promise<FleetSnapshot> {
  const [typeRows, namedBikes, aliased] = await Promise.all([
    loadTypes(tx, types),
    loadBikes(tx, { ids: bikes, frames }),
    loadAliased(tx, components),
  ])
  const namedComponents = await loadComponents(tx, { names: components, ids: [...namedIds, ...aliased] })
  const bikeIds = namedBikes.map(({ bikeId }) => bikeId)
  const componentIds = namedComponents.map(({ componentId }) => componentId)
  const installations = await loadInstallations(tx, { bikeIds, componentIds })
  const installed = installations.map(({ componentId }) => componentId)
  const inBikes = installations.map(({ bikeId }) => bikeId)
  const [otherBikes, otherComponents, modelRows, aliases] = await Promise.all([
    loadBikes(tx, { ids: without(bikeIds, inBikes), frames: [] }),
    loadComponents(tx, { names: [], ids: without(componentIds, installed) }),
    loadModels(tx, [...models, ...namedBikes.flatMap(({ modelId }) => modelId ?? [])]),
    loadAliases(tx, [...new Set([...componentIds, ...installed])]),
  ])
  return {
    types: typeRows,
    models: modelRows,
    bikes: [...namedBikes, ...otherBikes],
    components: [...namedComponents, ...otherComponents],
    aliases,
    installations,
  }
}

const without = (known: readonly string[], ids: readonly string[]) => {
  const rest = new Set(ids)
  for (const id of known) rest.delete(id)
  return [...rest]
}

type TypeRow = Omit<ComponentTypeFact, 'checkDigit' | 'faultCodes'> & {
  checkDigit: keyof typeof checkDigitNames
  codes: [number | null, number | null]
}

/** Source and time of the statement that made the definition. */
const definitionColumns = (tx: Transaction) => tx`source, ${ms(tx, tx`occurred_at`)} as "definedAtMs"`

async function loadTypes(tx: Transaction, types: readonly string[]): Promise<ComponentTypeFact[]> {
  if (types.length === 0) return []
  const rows = await tx<TypeRow[]>`
    select component_type as type, name, serial_pattern as "serialPattern", check_digit as "checkDigit",
      array[lower(fault_codes), upper(fault_codes) - 1] as codes, ${definitionColumns(tx)}
    from component_types join manufacturing_events on event_id = said_by
    where component_type = any(${[...types]}::text[])`
  return rows.map(({ codes: [first, last], ...row }) => ({
    ...row,
    checkDigit: checkDigitNames[row.checkDigit],
    faultCodes: first === null || last === null ? undefined : [first, last],
  }))
}

async function loadModels(tx: Transaction, modelIds: readonly string[]): Promise<ModelFact[]> {
  if (modelIds.length === 0) return []
  const rows = await tx<(Omit<ModelFact, 'producedUntilMs'> & { producedUntilMs: number | null })[]>`
    select model_id as "modelId", name, slots, ${ms(tx, tx`lower(produced)`)} as "producedFromMs",
      ${ms(tx, tx`upper(produced)`)} as "producedUntilMs", ${definitionColumns(tx)}
    from bike_models join manufacturing_events on event_id = said_by where model_id = any(${[...new Set(modelIds)]}::text[])`
  return rows.map((row) => ({ ...row, producedUntilMs: row.producedUntilMs ?? Number.POSITIVE_INFINITY }))
}

type BikeRow = { [K in keyof BikeFact]: BikeFact[K] extends infer V | undefined ? V | null : BikeFact[K] }

async function loadBikes(
  tx: Transaction,
  { ids, frames }: { ids: readonly string[]; frames: readonly string[] },
): Promise<BikeFact[]> {
  if (ids.length + frames.length === 0) return []
  const rows = await tx<BikeRow[]>`
    select bike_id as "bikeId", frame_number as "frameNumber", model_id as "modelId", plant, oem,
      ${ms(tx, tx`produced_at`)} as "producedAtMs", ${ms(tx, tx`delivered_at`)} as "deliveredAtMs",
      (select source from manufacturing_events where event_id = bikes.said_by) as source,
      coalesce(latest.is_owned, false) as "isOwned", latest.since_ms as "ownedSinceMs",
      array(
        select said_by::text from claim_codes where claim_codes.bike_id = bikes.bike_id
        union select event_id::text from remembered_statements where sold_bike = bikes.bike_id) as "soldBy"
    from bikes left join lateral (
      select upper_inf(owned) or upper(owned) > now() as is_owned,
        coalesce(${ms(tx, tx`lower(owned)`)}, '-Infinity') as since_ms
      from ownerships where ownerships.bike_id = bikes.bike_id order by owned desc limit 1
    ) as latest on true
    where bike_id in (
      select bike_id from bikes where bike_id = any(${[...ids]}::uuid[])
      union select bike_id from bikes where frame_number = any(${[...frames]}::text[]))`
  return rows.map((row) => withoutNulls(row) as BikeFact)
}

/** Ids of the components that one of the names is another name of. */
async function loadAliased(tx: Transaction, names: readonly ComponentName[]): Promise<string[]> {
  if (names.length === 0) return []
  const rows = await tx<{ componentId: string }[]>`
    select component_id as "componentId" from component_aliases
    where (component_type, serial_number) in (${unnestNames(tx, names)})`
  return rows.map(({ componentId }) => componentId)
}

async function loadAliases(tx: Transaction, componentIds: readonly string[]) {
  if (componentIds.length === 0) return []
  const rows = await tx<(ComponentName & { componentId: string })[]>`
    select component_type as type, serial_number as "serialNumber", component_id as "componentId"
    from component_aliases where component_id = any(${[...componentIds]}::uuid[])`
  return rows.map(({ componentId, ...name }) => ({ name, componentId }))
}

async function loadComponents(
  tx: Transaction,
  { names, ids }: { names: readonly ComponentName[]; ids: readonly string[] },
): Promise<ComponentFact[]> {
  if (names.length + ids.length === 0) return []
  const rows = await tx`
    select ${componentColumns(tx)} from components
    where component_id in (
      select component_id from components where component_id = any(${[...ids]}::uuid[])
      union select component_id from components
        where (component_type, serial_number) in (${unnestNames(tx, names)}))`
  return rows.map(componentFact)
}

/** From a row of `componentColumns`. */
export const componentFact = (row: object) => withoutNulls(row) as unknown as ComponentFact

/** A component has the id of the statement that first produced it. */
export const componentColumns = (tx: Sql | Transaction) => tx`
  component_id as "componentId", component_type as type, serial_number as "serialNumber",
  hardware_revision as "hardwareRevision", firmware_revision as "firmwareRevision", batch, plant,
  ${ms(tx, tx`produced_at`)} as "producedAtMs", ${ms(tx, tx`recycled_at`)} as "recycledAtMs",
  ${ms(tx, tx`hardware_revised_at`)} as "hardwareRevisedAtMs",
  ${ms(tx, tx`firmware_revised_at`)} as "firmwareRevisedAtMs",
  (select source from manufacturing_events where event_id = component_id) as source`

async function loadInstallations(
  tx: Transaction,
  { bikeIds, componentIds }: { bikeIds: readonly string[]; componentIds: readonly string[] },
): Promise<InstallationFact[]> {
  if (bikeIds.length + componentIds.length === 0) return []
  const rows = await tx<(Omit<InstallationFact, 'untilMs'> & { untilMs: number | null })[]>`
    select bike_id as "bikeId", slot, component_id as "componentId", installed_by as "installedBy", removed_by as "removedBy",
      ${ms(tx, tx`lower(installed)`)} as "fromMs", ${ms(tx, tx`upper(installed)`)} as "untilMs"
    from installations
    where installation_id in (
      select installation_id from installations where bike_id = any(${[...bikeIds]}::uuid[])
      union select installation_id from installations where component_id = any(${[...componentIds]}::uuid[]))`
  return rows.map((row) => ({ ...row, untilMs: row.untilMs ?? Number.POSITIVE_INFINITY }))
}

const unnestNames = (tx: Transaction, names: readonly ComponentName[]) => tx`
  select * from unnest(
    ${names.map(({ type }) => type)}::text[], ${names.map(({ serialNumber }) => serialNumber)}::text[])`

/** A time as milliseconds since 1970. */
const ms = (tx: Sql | Transaction, time: ReturnType<Sql>) => tx`(extract(epoch from ${time}) * 1000)::float8`

function withoutNulls<R extends object>(row: R) {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])) as {
    [K in keyof R]: Exclude<R[K], null> | undefined
  }
}
