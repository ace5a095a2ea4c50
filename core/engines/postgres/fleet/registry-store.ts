// The registry of bikes and their owners in PostgreSQL, as far as telemetry needs it.
import type { BikeRegistration, OwnershipWindow, RegisteredBike } from '../../../fleet/registry/port.ts'
import type { Sql } from '../client/connect.ts'

const pageSize = 1_000

/**
 * Registers bikes and their owners, all or none. What is known already stays as it is; another owner's open ownership ends
 * where the new one begins. Throws when two riders would own a bike at the same time.
 */
export async function registerBikes(sql: Sql, bikes: readonly BikeRegistration[]): Promise<void> {
  const inOrder = [...bikes].sort((a, b) => (a.bikeId < b.bikeId ? -1 : 1))
  const bikeIds = inOrder.map(({ bikeId }) => bikeId)
  const riderIds = inOrder.map(({ riderId }) => riderId)
  const produced = inOrder.map(({ producedAt }) => producedAt.toISOString())
  const from = inOrder.map(({ producedAt, ownedFrom }) => (ownedFrom ?? producedAt).toISOString())
  await sql.begin(async (tx) => {
    await tx`
      insert into bikes (bike_id, produced_at)
      select * from unnest(${bikeIds}::uuid[], ${produced}::timestamptz[])
      on conflict (bike_id) do nothing`
    await tx`
      update ownerships as before set owned = tstzrange(lower(before.owned), given.since)
      from unnest(${bikeIds}::uuid[], ${riderIds}::text[], ${from}::timestamptz[]) as given (bike_id, rider_id, since)
      where before.bike_id = given.bike_id and before.rider_id <> given.rider_id
        and upper_inf(before.owned) and lower(before.owned) < given.since`
    await tx`
      insert into ownerships (bike_id, rider_id, owned)
      select bike_id, rider_id, tstzrange(since, null)
      from unnest(${bikeIds}::uuid[], ${riderIds}::text[], ${from}::timestamptz[]) as given (bike_id, rider_id, since)
      where not exists (
        select from ownerships as known
        where known.bike_id = given.bike_id and known.rider_id = given.rider_id
          and known.owned @> tstzrange(given.since, null))`
  })
}

/** All bikes with their present owners, in the order of their ids. */
export async function* listBikes(sql: Sql): AsyncGenerator<RegisteredBike> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const page = await sql<RegisteredBike[]>`
      select bikes.bike_id as "bikeId", produced_at as "producedAt", rider_id as "riderId", lower(owned) as "ownedFrom"
      from bikes left join ownerships on ownerships.bike_id = bikes.bike_id and owned @> now()
      where bikes.bike_id > ${after}::uuid
      order by bikes.bike_id limit ${pageSize}`
    yield* page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = last.bikeId
  }
}

/** When the rider owned the bike, oldest first; empty when never. */
export async function ownershipsOf(sql: Sql, bikeId: string, riderId: string): Promise<OwnershipWindow[]> {
  const rows = await sql<{ from: Date | null; until: Date | null; now: boolean }[]>`
    select lower(owned) as from, upper(owned) as until, owned @> now() as now
    from ownerships where bike_id = ${bikeId}::uuid and rider_id = ${riderId} order by owned`
  return rows.map(({ from, until, now }) => ({
    fromMs: from?.getTime() ?? Number.NEGATIVE_INFINITY,
    untilMs: until?.getTime() ?? Number.POSITIVE_INFINITY,
    now,
  }))
}

export async function isRegistered(sql: Sql, bikeId: string): Promise<boolean> {
  return (await sql`select from bikes where bike_id = ${bikeId}::uuid`).length > 0
}
