// What bikes reported beside what the records say, loaded for some bikes in a few queries.
import type { PartRecords, PartReport, Stay } from '../../../fleet/installed-parts/compare.ts'
import type { Transaction } from '../client/connect.ts'

export interface Reports {
  /** Of registered bikes only. */
  readonly reports: readonly Report[]
  recordsOf(report: Report): PartRecords
}

export async function loadReports(tx: Transaction, bikeIds: readonly string[]): Promise<Reports> {
  const reports = await reportsOf(tx, bikeIds)
  const components = await componentsOf(tx, reports)
  const stays = await staysOf(tx, bikeIds, [...components.values()])
  return {
    reports,
    recordsOf: (report) => {
      const componentId = components.get(nameOf(report))
      const isSlot = (stay: Stay) => stay.bikeId === report.bikeId && stay.slot === report.slot
      return {
        hasModel: report.hasModel,
        componentId,
        inSlot: stays.filter(isSlot),
        ofComponent: stays.filter((stay) => stay.componentId === componentId),
      }
    },
  }
}

export type Report = PartReport & { readonly hasModel: boolean }

/** Where the model does not say, the slot's name does: "battery_2" takes a battery. */
export const typeOfSlot = (slot: string) => slot.replace(/_\d+$/, '')

const nameOf = ({ type, serialNumber }: PartReport) => `${type}:${serialNumber}`

async function reportsOf(tx: Transaction, bikeIds: readonly string[]): Promise<Report[]> {
  const rows = await tx<(Omit<Report, 'type'> & { slotType: string | null })[]>`
    select bike_id as "bikeId", reported.slot, reported.serial_number as "serialNumber", track_id as "trackId",
      (extract(epoch from told_at) * 1000)::float8 as "toldAtMs", model_id is not null as "hasModel",
      (select slots ->> 'type' from jsonb_array_elements(models.slots) as slots where slots ->> 'slot' = reported.slot)
        as "slotType"
    from reported_parts as reported join bikes using (bike_id) left join bike_models as models using (model_id)
    where bike_id = any(${[...bikeIds]}::uuid[]) order by bike_id, reported.slot`
  return rows.map(({ slotType, ...report }) => ({ ...report, type: slotType ?? typeOfSlot(report.slot) }))
}

/** Component ids by name, under whichever serial number they are understood. */
async function componentsOf(
  tx: Transaction,
  reports: readonly Report[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx<{ type: string; serialNumber: string; componentId: string }[]>`
    select type, given.serial_number as "serialNumber",
      coalesce(components.component_id, aliases.component_id) as "componentId"
    from unnest(
      ${reports.map(({ type }) => type)}::text[], ${reports.map(({ serialNumber }) => serialNumber)}::text[]
    ) as given (type, serial_number)
    left join component_aliases as aliases
      on aliases.component_type = type and aliases.serial_number = given.serial_number
    left join components on components.component_type = type and components.serial_number = given.serial_number
    where coalesce(components.component_id, aliases.component_id) is not null`
  return new Map(rows.map(({ type, serialNumber, componentId }) => [`${type}:${serialNumber}`, componentId]))
}

/** Of everything in these bikes, and of these components wherever they were. */
async function staysOf(
  tx: Transaction,
  bikeIds: readonly string[],
  componentIds: readonly string[],
): Promise<Stay[]> {
  return tx<Stay[]>`
    select bike_id as "bikeId", slot, component_id as "componentId", serial_number as "serialNumber",
      coalesce(extract(epoch from lower(installed)) * 1000, '-Infinity')::float8 as "fromMs",
      coalesce(extract(epoch from upper(installed)) * 1000, 'Infinity')::float8 as "untilMs"
    from installations join components using (component_id)
    where bike_id = any(${[...bikeIds]}::uuid[]) or component_id = any(${[...componentIds]}::uuid[])
    order by installed`
}
