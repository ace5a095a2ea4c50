// What bikes report of their parts, in PostgreSQL, and the findings that follow from it.

import { type Difference, differenceOf } from '../../../fleet/installed-parts/compare.ts'
import type { FindingCounts, PartWord, WitnessStore } from '../../../fleet/installed-parts/port.ts'
import { witnessReasons } from '../../../fleet/judging/findings.ts'
import { bikeSubject, componentSubject, frameSubject } from '../../../fleet/statements/subjects.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { loadReports, type Reports, typeOfSlot } from './installed-part-records.ts'
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
