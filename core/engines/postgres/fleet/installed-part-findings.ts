// Findings about reported parts, in PostgreSQL: loads reports and records, and writes which findings close and open.
import type {
  FindingChanges,
  FindingCounts,
  NamedComponent,
  OpenFinding,
  PartReport,
  ReconcileParts,
  Stay,
  StoredReport,
} from '../../../fleet/installed-parts/port.ts'
import type { ChangedParts } from '../../../fleet/judging/changes/consequences.ts'
import type { Transaction } from '../client/connect.ts'

/** In the transaction that has written the changes. */
export async function reconcileChanged(
  tx: Transaction,
  { bikes, components }: ChangedParts,
  plan: ReconcileParts,
): Promise<void> {
  await reconcile(tx, new Map([...(await bikesThatReport(tx, components)), ...bikes]), plan)
}

/** Brings the findings of bikes up to date; `explainedBy` has the statement or track because of which each is compared. */
export async function reconcile(
  tx: Transaction,
  explainedBy: ReadonlyMap<string, string>,
  plan: ReconcileParts,
): Promise<FindingCounts> {
  const bikeIds = [...explainedBy.keys()].sort()
  if (bikeIds.length === 0) return { opened: 0, closed: 0 }
  // Findings first: what somebody else changes between the two is met again as a violation, and all is done once more.
  const openFindings = await openFindingsOf(tx, bikeIds)
  const reports = await storedReports(tx, bikeIds)
  const components = await componentsNamed(tx, reports)
  const stays = await staysOf(tx, bikeIds, components)
  const { close, open } = plan({ openFindings, reports, components, stays }, explainedBy)
  await closeFindings(tx, close)
  await insertFindings(tx, open)
  return { opened: open.length, closed: close.length }
}

/** Bikes that report a component by one of its names, each with what is said of the last such component. */
async function bikesThatReport(
  tx: Transaction,
  components: ChangedParts['components'],
): Promise<Map<string, string>> {
  if (components.size === 0) return new Map()
  const rows = await tx<{ bikeId: string; saidBy: string }[]>`
    select bike_id as "bikeId", said_by as "saidBy"
    from unnest(${[...components.keys()]}::uuid[], ${[...components.values()]}::uuid[])
      with ordinality as given (component_id, said_by, place)
    join lateral (
      select serial_number from components where components.component_id = given.component_id
      union select serial_number from component_aliases as aliases where aliases.component_id = given.component_id
    ) as names on true
    join reported_parts using (serial_number)
    order by place`
  return new Map(rows.map(({ bikeId, saidBy }) => [bikeId, saidBy]))
}

export async function storedReports(tx: Transaction, bikeIds: readonly string[]): Promise<StoredReport[]> {
  return tx<StoredReport[]>`
    select bike_id as "bikeId", reported.slot, reported.serial_number as "serialNumber", track_id as "trackId",
      (extract(epoch from told_at) * 1000)::float8 as "toldAtMs", model_id is not null as "hasModel",
      (select slots ->> 'type' from jsonb_array_elements(models.slots) as slots where slots ->> 'slot' = reported.slot)
        as "slotType"
    from reported_parts as reported join bikes using (bike_id) left join bike_models as models using (model_id)
    where bike_id = any(${[...bikeIds]}::uuid[]) order by bike_id, reported.slot`
}

async function componentsNamed(tx: Transaction, reports: readonly PartReport[]): Promise<NamedComponent[]> {
  const numbers = reports.map(({ serialNumber }) => serialNumber)
  return tx<NamedComponent[]>`
    select component_type as type, serial_number as "serialNumber", component_id as "componentId", false as "isAlias"
    from components where serial_number = any(${numbers}::text[])
    union all
    select component_type, serial_number, component_id, true
    from component_aliases where serial_number collate "C" = any(${numbers}::text[])`
}

/** Of everything in these bikes, and of these components wherever they were. */
async function staysOf(
  tx: Transaction,
  bikeIds: readonly string[],
  components: readonly NamedComponent[],
): Promise<Stay[]> {
  return tx<Stay[]>`
    select bike_id as "bikeId", slot, component_id as "componentId", serial_number as "serialNumber",
      coalesce(extract(epoch from lower(installed)) * 1000, '-Infinity')::float8 as "fromMs",
      coalesce(extract(epoch from upper(installed)) * 1000, 'Infinity')::float8 as "untilMs"
    from installations join components using (component_id)
    where bike_id = any(${[...bikeIds]}::uuid[])
      or component_id = any(${components.map(({ componentId }) => componentId)}::uuid[])
    order by installed`
}

async function openFindingsOf(tx: Transaction, bikeIds: readonly string[]): Promise<OpenFinding[]> {
  return tx<OpenFinding[]>`
    select finding_id as "findingId", reason, bike_id as "bikeId", subject, evidence from fleet_findings
    where bike_id = any(${[...bikeIds]}::uuid[]) and closed_at is null`
}

async function closeFindings(tx: Transaction, findings: FindingChanges['close']): Promise<void> {
  if (findings.length === 0) return
  await tx`
    update fleet_findings as finding set closed_at = now(), closed_by = given.closed_by
    from unnest(
      ${findings.map(({ findingId }) => findingId)}::uuid[],
      ${findings.map(({ closedBy }) => closedBy)}::text[]
    ) as given (finding_id, closed_by)
    where finding.finding_id = given.finding_id and closed_at is null`
}

async function insertFindings(tx: Transaction, differences: FindingChanges['open']): Promise<void> {
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
