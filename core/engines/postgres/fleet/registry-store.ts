// The registry of bikes and their owners in PostgreSQL, as far as telemetry needs it.
import type {
  BikeRegistration,
  KnownOwners,
  OwnershipWindow,
  PlanRegistrations,
  RegisteredBike,
} from '../../../fleet/registry/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { writeOwnershipChanges } from '../riders/ownership-changes.ts'

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
      insert into bikes (bike_id, produced_at, registered_as_produced_at)
      select bike_id, produced_at, produced_at from unnest(
        ${bikeIds}::uuid[], ${inOrder.map(({ producedAt }) => producedAt.toISOString())}::timestamptz[]
      ) as given (bike_id, produced_at)
      on conflict (bike_id) do nothing`
    await writeOwnershipChanges(tx, plan(inOrder, await loadOwners(tx, bikeIds)))
  })
}

async function loadOwners(tx: Transaction, bikeIds: readonly string[]): Promise<KnownOwners> {
  const ownerships = await tx<KnownOwners['ownerships'][number][]>`
    select bike_id as "bikeId", rider_id as "riderId",
      coalesce(extract(epoch from lower(owned)) * 1000, '-Infinity')::float8 as "fromMs",
      coalesce(extract(epoch from upper(owned)) * 1000, 'Infinity')::float8 as "untilMs"
    from ownerships where bike_id = any(${[...bikeIds]}::uuid[]) order by bike_id for update`
  const contested = await tx<{ bikeId: string }[]>`
    select bike_id as "bikeId" from ownership_cases
    where closed_at is null and bike_id = any(${[...bikeIds]}::uuid[])`
  return { ownerships, contested: contested.map(({ bikeId }) => bikeId) }
}

/** All bikes with their present owners, in the order of their ids. */
export async function* listBikes(sql: Sql): AsyncGenerator<RegisteredBike> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const page = await sql<RegisteredBike[]>`
      select bike_id as "bikeId", produced_at as "producedAt",
        exists (select from ownerships where ownerships.bike_id = bikes.bike_id and owned @> now()) as "isOwned"
      from bikes
      where bike_id > ${after}::uuid
      order by bike_id limit ${pageSize}`
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
