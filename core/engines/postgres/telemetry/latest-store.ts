// Latest states in PostgreSQL: one statement a batch, in key order, only where newer.
import type { GroupState } from '../../../telemetry/latest/latest-state.ts'
import type { GroupReading, LatestStore } from '../../../telemetry/latest/port.ts'
import type { Sql } from '../client/connect.ts'

const isoTime = (ms: number) => new Date(ms).toISOString()

export function createLatestStore(sql: Sql): LatestStore {
  return { merge: (states) => mergeStates(sql, states) }
}

/** The condition is `replaces` of core/telemetry/latest/latest-state.ts; uuid sorts like its lower-case text. */
async function mergeStates(sql: Sql, states: readonly GroupState[]): Promise<void> {
  if (states.length === 0) return
  await sql`
    insert into latest_state as known (bike_id, state_group, event_at, recorder_id, received_at, track_id, state)
    select bike_id, state_group, event_at, recorder_id, received_at, track_id, state::jsonb
    from unnest(
      ${states.map(({ bikeId }) => bikeId)}::uuid[],
      ${states.map(({ group }) => group)}::text[],
      ${states.map(({ eventAtMs }) => isoTime(eventAtMs))}::timestamptz[],
      ${states.map(({ recorderId }) => recorderId)}::uuid[],
      ${states.map(({ receivedAtMs }) => isoTime(receivedAtMs))}::timestamptz[],
      ${states.map(({ trackId }) => trackId)}::uuid[],
      ${states.map(({ values }) => JSON.stringify(values))}::text[]
    ) as given (bike_id, state_group, event_at, recorder_id, received_at, track_id, state)
    on conflict (bike_id, state_group) do update set
      event_at = excluded.event_at, recorder_id = excluded.recorder_id, received_at = excluded.received_at,
      track_id = excluded.track_id, state = excluded.state
    where excluded.event_at > known.event_at
      or (excluded.event_at = known.event_at
        and (excluded.recorder_id, excluded.received_at, excluded.track_id)
          < (known.recorder_id, known.received_at, known.track_id))`
}

/** All groups known of a bike. */
export async function latestOf(sql: Sql, bikeId: string): Promise<readonly GroupReading[]> {
  return (await latestOfBikes(sql, [bikeId])).get(bikeId) ?? []
}

/** A bike of which nothing is known is absent. */
export async function latestOfBikes(
  sql: Sql,
  bikeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly GroupReading[]>> {
  const rows = await sql<(GroupReading & { bikeId: string })[]>`
    select bike_id as "bikeId", state_group as group, epoch_ms(event_at) as "eventAtMs",
      epoch_ms(received_at) as "receivedAtMs", state as values
    from latest_state where bike_id = any(${[...bikeIds]}::uuid[]) order by bike_id, state_group`
  const byBike = Map.groupBy(rows, ({ bikeId }) => bikeId)
  return new Map(
    [...byBike].map(([id, readings]) => [id, readings.map(({ bikeId: _, ...reading }) => reading)]),
  )
}
