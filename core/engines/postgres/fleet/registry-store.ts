// The registry of bikes and their owners in PostgreSQL, as far as telemetry needs it.
import type {
  BikeRegistration,
  KnownOwnership,
  OwnershipWindow,
  PlanRegistrations,
  RegisteredBike,
} from '../../../fleet/registry/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

const pageSize = 1_000

/** In one transaction: registers bikes that are not known, and their owners as the plan says. */
export async function writeRegistrations(
  sql: Sql,
  bikes: readonly BikeRegistration[],
  plan: PlanRegistrations,
): Promise<void> {
  const inOrder = [...bikes].sort((a, b) => (a.bikeId < b.bikeId ? -1 : 1))
  const bikeIds = inOrder.map(({ bikeId }) => bikeId)
  await sql.begin(async (tx) => {
    await tx`
      insert into bikes (bike_id, produced_at)
      select * from unnest(
        ${bikeIds}::uuid[], ${inOrder.map(({ producedAt }) => producedAt.toISOString())}::timestamptz[])
      on conflict (bike_id) do nothing`
    const { ends, begins } = plan(inOrder, await loadOwnerships(tx, bikeIds))
    await endOwnerships(tx, ends)
    await beginOwnerships(tx, begins)
  })
}

async function loadOwnerships(tx: Transaction, bikeIds: readonly string[]): Promise<KnownOwnership[]> {
  return tx<KnownOwnership[]>`
    select bike_id as "bikeId", rider_id as "riderId",
      coalesce(extract(epoch from lower(owned)) * 1000, '-Infinity')::float8 as "fromMs",
      coalesce(extract(epoch from upper(owned)) * 1000, 'Infinity')::float8 as "untilMs"
    from ownerships where bike_id = any(${[...bikeIds]}::uuid[]) order by bike_id for update`
}

async function endOwnerships(tx: Transaction, ends: readonly KnownOwnership[]): Promise<void> {
  if (ends.length === 0) return
  await tx`
    update ownerships as known set owned = tstzrange(lower(known.owned), given.until)
    from unnest(
      ${ends.map(({ bikeId }) => bikeId)}::uuid[],
      ${ends.map(({ riderId }) => riderId)}::text[],
      ${ends.map(({ untilMs }) => new Date(untilMs).toISOString())}::timestamptz[]
    ) as given (bike_id, rider_id, until)
    where known.bike_id = given.bike_id and known.rider_id = given.rider_id and upper_inf(known.owned)`
}

async function beginOwnerships(tx: Transaction, begins: readonly KnownOwnership[]): Promise<void> {
  if (begins.length === 0) return
  await tx`
    insert into ownerships (bike_id, rider_id, owned)
    select bike_id, rider_id, tstzrange(since, null) from unnest(
      ${begins.map(({ bikeId }) => bikeId)}::uuid[],
      ${begins.map(({ riderId }) => riderId)}::text[],
      ${begins.map(({ fromMs }) => new Date(fromMs).toISOString())}::timestamptz[]
    ) as given (bike_id, rider_id, since)`
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
