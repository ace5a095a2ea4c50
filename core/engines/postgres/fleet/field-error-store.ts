// Faults and bikes' days in PostgreSQL: two statements a batch, in key order, each of which may be repeated.
import type { BikeDay, FaultEvent, FieldStore } from '../../../fleet/field-errors/port.ts'
import type { Sql } from '../client/connect.ts'

const isoTime = (ms: number) => new Date(ms).toISOString()

export function createFieldStore(sql: Sql): FieldStore {
  return {
    async note({ faults, days }) {
      await noteFaults(sql, faults)
      await noteDays(sql, days)
    },
  }
}

async function noteFaults(sql: Sql, faults: readonly FaultEvent[]): Promise<void> {
  if (faults.length === 0) return
  await sql`
    insert into fault_events (bike_id, recorder_id, at, rider_id, code, severity, active)
    select bike_id, recorder_id, at, rider_id, code, severity, active::boolean from unnest(
      ${faults.map(({ bikeId }) => bikeId)}::uuid[],
      ${faults.map(({ recorderId }) => recorderId)}::uuid[],
      ${faults.map(({ atMs }) => isoTime(atMs))}::timestamptz[],
      ${faults.map(({ riderId }) => riderId)}::text[],
      ${faults.map(({ code }) => code)}::integer[],
      ${faults.map(({ severity }) => severity)}::smallint[],
      ${faults.map(({ active }) => String(active))}::text[]
    ) as given (bike_id, recorder_id, at, rider_id, code, severity, active)
    on conflict (bike_id, recorder_id, at) do nothing`
}

async function noteDays(sql: Sql, days: readonly BikeDay[]): Promise<void> {
  if (days.length === 0) return
  await sql`
    insert into bike_days as known (bike_id, day, rider_id, recorder_id, first_at, last_at, odometer_cm)
    select bike_id, day, rider_id, recorder_id, first_at, last_at, odometer_cm::int8multirange from unnest(
      ${days.map(({ bikeId }) => bikeId)}::uuid[],
      ${days.map(({ day }) => day)}::date[],
      ${days.map(({ riderId }) => riderId)}::text[],
      ${days.map(({ recorderId }) => recorderId)}::uuid[],
      ${days.map(({ firstAtMs }) => isoTime(firstAtMs))}::timestamptz[],
      ${days.map(({ lastAtMs }) => isoTime(lastAtMs))}::timestamptz[],
      ${days.map(({ odometerCm }) => `{${odometerCm.map(({ from, until }) => `[${from},${until})`).join()}}`)}::text[]
    ) as given (bike_id, day, rider_id, recorder_id, first_at, last_at, odometer_cm)
    on conflict (bike_id, day, rider_id, recorder_id) do update set
      first_at = least(known.first_at, excluded.first_at),
      last_at = greatest(known.last_at, excluded.last_at),
      odometer_cm = known.odometer_cm + excluded.odometer_cm
    where excluded.first_at < known.first_at or excluded.last_at > known.last_at
      or not known.odometer_cm @> excluded.odometer_cm`
}
