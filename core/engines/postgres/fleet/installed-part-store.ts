// Reports of installed parts, in PostgreSQL.
import type { InstalledPartStore, PartReport, ReportingBikes } from '../../../fleet/installed-parts/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { reconcile, storedReports } from './installed-part-findings.ts'
import { lockSubjects } from './store.ts'

export function createInstalledPartStore(sql: Sql): InstalledPartStore {
  return {
    async update(reports, plan) {
      if (reports.length === 0) return { opened: 0, closed: 0 }
      const bikeIds = [...new Set(reports.map(({ bikeId }) => bikeId))]
      return sql.begin(async (tx) => {
        await lockSubjects(tx, plan.locksFor(reports, await reportingBikes(tx, bikeIds)))
        const { keep, forget } = plan.keep(reports, await allReports(tx, bikeIds))
        await writeReports(tx, keep)
        await forgetReports(tx, forget)
        return reconcile(tx, new Map(keep.map(({ bikeId, trackId }) => [bikeId, trackId])), plan.reconcile)
      })
    },
  }
}

async function reportingBikes(tx: Transaction, bikeIds: readonly string[]): Promise<ReportingBikes> {
  const rows = await tx<{ frameNumber: string }[]>`
    select frame_number as "frameNumber" from bikes
    where bike_id = any(${[...bikeIds]}::uuid[]) and frame_number is not null`
  return {
    frameNumbers: rows.map(({ frameNumber }) => frameNumber),
    reports: await storedReports(tx, bikeIds),
  }
}

/** Also of bikes that are not registered. */
async function allReports(tx: Transaction, bikeIds: readonly string[]): Promise<PartReport[]> {
  return tx<PartReport[]>`
    select bike_id as "bikeId", slot, serial_number as "serialNumber", track_id as "trackId",
      (extract(epoch from told_at) * 1000)::float8 as "toldAtMs"
    from reported_parts where bike_id = any(${[...bikeIds]}::uuid[])`
}

async function writeReports(tx: Transaction, reports: readonly PartReport[]): Promise<void> {
  if (reports.length === 0) return
  await tx`
    insert into reported_parts (bike_id, slot, serial_number, told_at, track_id)
    select * from unnest(
      ${reports.map(({ bikeId }) => bikeId)}::uuid[],
      ${reports.map(({ slot }) => slot)}::text[],
      ${reports.map(({ serialNumber }) => serialNumber)}::text[],
      ${reports.map(({ toldAtMs }) => new Date(toldAtMs).toISOString())}::timestamptz[],
      ${reports.map(({ trackId }) => trackId)}::uuid[])
    on conflict (bike_id, slot) do update set
      serial_number = excluded.serial_number, told_at = excluded.told_at, track_id = excluded.track_id`
}

async function forgetReports(
  tx: Transaction,
  places: readonly Pick<PartReport, 'bikeId' | 'slot'>[],
): Promise<void> {
  if (places.length === 0) return
  await tx`
    delete from reported_parts where (bike_id, slot) in (
      select * from unnest(
        ${places.map(({ bikeId }) => bikeId)}::uuid[], ${places.map(({ slot }) => slot)}::text[]))`
}
