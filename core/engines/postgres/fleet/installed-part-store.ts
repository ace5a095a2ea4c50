// What bikes report of their parts, in PostgreSQL, and the findings that follow from it.

import type { PartRecords, PartReport, Stay } from '../../../fleet/installed-parts/compare.ts'
import { type Difference, differenceOf } from '../../../fleet/installed-parts/compare.ts'
import type { FindingCounts, PartWord, WitnessStore } from '../../../fleet/installed-parts/port.ts'
import type { Change } from '../../../fleet/judging/changes/changes.ts'
import { witnessReasons } from '../../../fleet/judging/findings.ts'
import { bikeSubject, componentSubject, frameSubject } from '../../../fleet/statements/subjects.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { lockSubjects } from './subject-locks.ts'

export function createWitnessStore(sql: Sql): WitnessStore {
  return {
    async note(words) {
      if (words.length === 0) return { opened: 0, closed: 0 }
      return sql.begin(async (tx) => {
        await lockSubjects(tx, await subjectsOf(tx, words))
        const news = await keepNewer(tx, words)
        await forgetOldest(tx, news)
        const explainedBy = new Map(news.map(({ bikeId, trackId }) => [bikeId, trackId]))
        return reconcile(tx, explainedBy)
      })
    },
  }
}

/**
 * Brings the findings of bikes up to date with what the bikes report and what the records say now. `explainedBy` names, for
 * each bike, the statement or track because of which it is asked: what is no difference any more is closed by it.
 */
export async function reconcile(
  tx: Transaction,
  explainedBy: ReadonlyMap<string, string>,
): Promise<FindingCounts> {
  const bikeIds = [...explainedBy.keys()].sort()
  if (bikeIds.length === 0) return { opened: 0, closed: 0 }
  // Findings first: what somebody else changes between the two is met again as a violation, and all is done once more.
  const open = await openFindings(tx, bikeIds)
  const differences = differencesIn(await loadReports(tx, bikeIds))
  const wanted = new Set(differences.map(keyOf))
  const closed = open.filter((finding) => !wanted.has(keyOf(finding)))
  await close(
    tx,
    closed.map(({ findingId, bikeId }) => ({ findingId, closedBy: explainedBy.get(bikeId) ?? '' })),
  )
  const standing = new Set(open.map(keyOf))
  const opened = differences.filter((found) => !standing.has(keyOf(found)))
  await insert(tx, opened)
  return { opened: opened.length, closed: closed.length }
}

function differencesIn({ reports, recordsOf }: Reports): Difference[] {
  return reports.flatMap((report) => differenceOf(report, recordsOf(report)) ?? [])
}

/**
 * Under the same locks as statements about these bikes and components, so that neither side overlooks what the other one is
 * just writing: the names of the bikes, of what they reported so far, and of what they report now.
 */
async function subjectsOf(tx: Transaction, words: readonly PartWord[]): Promise<string[]> {
  const bikeIds = [...new Set(words.map(({ bikeId }) => bikeId))]
  const frames = await tx<{ frameNumber: string }[]>`
    select frame_number as "frameNumber" from bikes
    where bike_id = any(${bikeIds}::uuid[]) and frame_number is not null`
  const { reports } = await loadReports(tx, bikeIds)
  const typeAt = new Map(reports.map(({ bikeId, slot, type }) => [`${bikeId} ${slot}`, type]))
  return [
    ...bikeIds.map(bikeSubject),
    ...frames.map(({ frameNumber }) => frameSubject(frameNumber)),
    ...reports.map(componentSubject),
    ...words.map(({ bikeId, slot, serialNumber }) =>
      componentSubject({ type: typeAt.get(`${bikeId} ${slot}`) ?? typeOfSlot(slot), serialNumber }),
    ),
  ]
}

/** The words that were newer than what was known, as `newestWords` of core/witness has it. */
async function keepNewer(tx: Transaction, words: readonly PartWord[]): Promise<PartWord[]> {
  const kept = await tx<{ bikeId: string; slot: string }[]>`
    insert into reported_parts as known (bike_id, slot, serial_number, told_at, track_id)
    select bike_id, slot, serial_number, told_at, track_id from unnest(
      ${words.map(({ bikeId }) => bikeId)}::uuid[],
      ${words.map(({ slot }) => slot)}::text[],
      ${words.map(({ serialNumber }) => serialNumber)}::text[],
      ${words.map(({ toldAtMs }) => new Date(toldAtMs).toISOString())}::timestamptz[],
      ${words.map(({ trackId }) => trackId)}::uuid[]
    ) as given (bike_id, slot, serial_number, told_at, track_id)
    on conflict (bike_id, slot) do update set
      serial_number = excluded.serial_number, told_at = excluded.told_at, track_id = excluded.track_id
    where (excluded.told_at, excluded.track_id) > (known.told_at, known.track_id)
    returning bike_id as "bikeId", slot`
  const news = new Set(kept.map(({ bikeId, slot }) => `${bikeId} ${slot}`))
  return words.filter(({ bikeId, slot }) => news.has(`${bikeId} ${slot}`))
}

/** Bikes have a handful of slots; who makes up names has only the latest ones remembered. */
export const mostSlots = 32

async function forgetOldest(tx: Transaction, news: readonly PartWord[]): Promise<void> {
  if (news.length === 0) return
  await tx`
    delete from reported_parts where (bike_id, slot) in (
      select bike_id, slot from (
        select bike_id, slot, row_number() over (partition by bike_id order by told_at desc, slot) as place
        from reported_parts where bike_id = any(${news.map(({ bikeId }) => bikeId)}::uuid[])
      ) as placed where place > ${mostSlots})`
}

interface OpenFinding extends Pick<Difference, 'reason' | 'bikeId' | 'subject' | 'evidence'> {
  readonly findingId: string
}

async function openFindings(tx: Transaction, bikeIds: readonly string[]): Promise<OpenFinding[]> {
  return tx<OpenFinding[]>`
    select finding_id as "findingId", reason, bike_id as "bikeId", subject, evidence from fleet_findings
    where bike_id = any(${[...bikeIds]}::uuid[]) and reason = any(${[...witnessReasons]}::text[]) and closed_at is null`
}

/** The same difference reported again is the same finding. */
function keyOf({ reason, bikeId, subject, evidence }: Omit<OpenFinding, 'findingId'>): string {
  return JSON.stringify([reason, bikeId, subject, evidence.reported, evidence.recorded, evidence.otherBike])
}

async function close(
  tx: Transaction,
  findings: readonly { findingId: string; closedBy: string }[],
): Promise<void> {
  if (findings.length === 0) return
  await tx`
    update fleet_findings as finding set closed_at = now(), closed_by = given.closed_by
    from unnest(
      ${findings.map(({ findingId }) => findingId)}::uuid[],
      ${findings.map(({ closedBy }) => closedBy)}::text[]
    ) as given (finding_id, closed_by)
    where finding.finding_id = given.finding_id and closed_at is null`
}

async function insert(tx: Transaction, differences: readonly Difference[]): Promise<void> {
  if (differences.length === 0) return
  await tx`
    insert into fleet_findings (reason, subject, detail, evidence, bike_id, component_id)
    select reason, subject, detail, evidence::jsonb, bike_id, component_id from unnest(
      ${differences.map(({ reason }) => reason)}::text[],
      ${differences.map(({ subject }) => subject)}::text[],
      ${differences.map(({ detail }) => detail)}::text[],
      ${differences.map(({ evidence }) => JSON.stringify(evidence))}::text[],
      ${differences.map(({ bikeId }) => bikeId)}::uuid[],
      ${differences.map(({ componentId }) => componentId ?? null)}::uuid[]
    ) as given (reason, subject, detail, evidence, bike_id, component_id)`
}

// After master data has changed: the bikes whose reports may agree with it now, or no longer do.

interface Said {
  readonly change: Change
  /** Event id of the statement that says so. */
  readonly saidBy: string
}

/** In the transaction that has written the changes; what they explain is closed by the last statement about it. */
export async function reconcileAfter(tx: Transaction, said: readonly Said[]): Promise<void> {
  const explainedBy = await bikesThatReport(tx, said)
  for (const { change, saidBy } of said) {
    for (const bikeId of bikesIn(change)) explainedBy.set(bikeId, saidBy)
  }
  await reconcile(tx, explainedBy)
}

function bikesIn(change: Change): string[] {
  if ('installation' in change) return [change.installation.bikeId]
  return change.kind === 'add_bike' || change.kind === 'change_bike' ? [change.bike.bikeId] : []
}

/** The bikes that say they carry a component that has changed, wherever the records have it. */
async function bikesThatReport(tx: Transaction, said: readonly Said[]): Promise<Map<string, string>> {
  const components = said.flatMap(({ change, saidBy }) => {
    const componentId = componentIn(change)
    return componentId === undefined ? [] : [{ componentId, saidBy }]
  })
  if (components.length === 0) return new Map()
  const rows = await tx<{ bikeId: string; saidBy: string }[]>`
    select bike_id as "bikeId", said_by as "saidBy"
    from unnest(
      ${components.map(({ componentId }) => componentId)}::uuid[], ${components.map(({ saidBy }) => saidBy)}::uuid[]
    ) with ordinality as given (component_id, said_by, place)
    join lateral (
      select serial_number from components where components.component_id = given.component_id
      union select serial_number from component_aliases as aliases where aliases.component_id = given.component_id
    ) as names on true
    join reported_parts using (serial_number)
    order by place`
  return new Map(rows.map(({ bikeId, saidBy }) => [bikeId, saidBy]))
}

function componentIn(change: Change): string | undefined {
  switch (change.kind) {
    case 'add_component':
      return change.component.componentId
    case 'alias':
      return change.componentId
    case 'install':
    case 'antedate':
    case 'remove':
    case 'split':
      return change.installation.componentId
    default:
      return undefined
  }
}

// What bikes reported beside what the records say, loaded for some bikes in a few queries.

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
