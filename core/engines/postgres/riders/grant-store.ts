// Grants in PostgreSQL. Whether one holds is decided anew whenever it is asked: nothing has to happen when it ends.
import {
  type BikeGrant,
  type BikeGrants,
  type GrantScope,
  mostGrants,
  type RidesGrant,
} from '../../../riders/grants/port.ts'
import type { Sql } from '../client/connect.ts'

/**
 * Of `bike_grants`: neither revoked nor run out, and the bike has been the rider's since it was given. Who sells a bike and
 * buys it back grants nothing by what was given before.
 */
export const holds = (sql: Sql) => sql`
  (revoked_at is null and valid_until > clock_timestamp() and exists (
    select from ownerships where ownerships.bike_id = bike_grants.bike_id and ownerships.rider_id = bike_grants.rider_id
      and owned @> clock_timestamp() and owned @> granted_at))`

interface Row {
  grantId: string
  bikeId: string
  grantee: string
  scopes: GrantScope[]
  grantedAtMs: number
  untilMs: number
  ridesFromMs: number
  endedAtMs: number | null
  holds: boolean
}

const columns = (sql: Sql) => sql`
  grant_id as "grantId", bike_id as "bikeId", grantee, scopes, epoch_ms(granted_at) as "grantedAtMs",
  epoch_ms(valid_until) as "untilMs", epoch_ms(rides_from) as "ridesFromMs", ${holds(sql)} as holds,
  epoch_ms(coalesce(revoked_at, (
    select least(upper(owned), valid_until) from ownerships
    where ownerships.bike_id = bike_grants.bike_id and ownerships.rider_id = bike_grants.rider_id
      and owned @> granted_at and upper(owned) < clock_timestamp()))) as "endedAtMs"`

const grantOf = ({ endedAtMs, ...row }: Row): BikeGrant => ({ ...row, endedAtMs: endedAtMs ?? undefined })

export function createGrants(sql: Sql): BikeGrants {
  return {
    async ofOwner(bikeId, riderId, limit) {
      const rows = await sql<Row[]>`
        select ${columns(sql)} from bike_grants where bike_id = ${bikeId}::uuid and rider_id = ${riderId}
        order by granted_at desc, grant_id limit ${limit}`
      return rows.map(grantOf)
    },
    async ofGrantee(grantee, limit) {
      const rows = await sql<Row[]>`
        select ${columns(sql)} from bike_grants
        where grantee = ${grantee} and ${holds(sql)}
        order by granted_at desc, grant_id limit ${limit}`
      return rows.map(grantOf)
    },
    give: (asked) => give(sql, asked),
    async revoke({ bikeId, riderId, grantId }) {
      const revoked = await sql`
        update bike_grants set revoked_at = coalesce(revoked_at, clock_timestamp())
        where grant_id = ${grantId}::uuid and bike_id = ${bikeId}::uuid and rider_id = ${riderId}`
      return revoked.count > 0
    },
    async granterOf(bikeId, grantee, scope) {
      const [row] = await sql<{ riderId: string }[]>`
        select rider_id as "riderId" from bike_grants
        where grantee = ${grantee} and bike_id = ${bikeId}::uuid and ${scope} = any(scopes)
          and ${holds(sql)}
        limit 1`
      return row?.riderId
    },
    async ridesGrantOf(bikeId, grantee) {
      const [row] = await sql<RidesGrant[]>`
        select rider_id as "riderId", epoch_ms(rides_from) as "ridesFromMs", ride_key as "rideKey" from bike_grants
        where grantee = ${grantee} and bike_id = ${bikeId}::uuid and 'rides' = any(scopes) and ${holds(sql)}
        order by rides_from, granted_at, grant_id limit 1`
      return row
    },
  }
}

function give(sql: Sql, asked: Parameters<BikeGrants['give']>[0]) {
  const { bikeId, riderId, grantee, scopes, untilMs, ridesFromMs } = asked
  return sql.begin(async (tx) => {
    // Two at once would both find room for one more; of a bike that is sold meanwhile, `holds` decides.
    const [owned] = await tx`
      select from bikes where bike_id = ${bikeId}::uuid and exists (
        select from ownerships where bike_id = ${bikeId}::uuid and rider_id = ${riderId} and owned @> clock_timestamp())
      for no key update`
    if (owned === undefined) return { refused: 'not_owner' } as const
    const [{ open = 0 } = {}] = await tx<{ open: number }[]>`
      select count(*)::int as open from bike_grants
      where bike_id = ${bikeId}::uuid and rider_id = ${riderId} and ${holds(sql)}`
    if (open >= mostGrants) return { refused: 'too_many_grants' } as const
    const [row] = await tx<Row[]>`
      insert into bike_grants (bike_id, rider_id, grantee, scopes, valid_until, rides_from)
      values (${bikeId}, ${riderId}, ${grantee}, ${[...new Set(scopes)].sort()}, ${new Date(untilMs)},
        coalesce(${ridesFromMs === undefined ? null : new Date(ridesFromMs)}::timestamptz, clock_timestamp()))
      returning ${columns(sql)}`
    return grantOf(row as Row)
  })
}
