// The access log in PostgreSQL.
import { z } from 'zod'
import type { AccessLog, RiderAccess } from '../../../staff/access-log/port.ts'
import type { Sql } from '../client/connect.ts'
import { pageOf, readCursor } from '../client/cursor.ts'

const cursorKey = z.tuple([z.string().regex(/^\d{1,18}$/)])
const beforeAll = '999999999999999999'
const forgottenAtOnce = 10_000

export function createAccessLog(sql: Sql): AccessLog {
  return {
    async record({ who, operation, reason, bikes = [], frames = [], components = [], riders = [] }) {
      const fromMs = bikes.map((bike) => String(bike.fromMs ?? Number.NEGATIVE_INFINITY))
      await sql`
        with access as (
          insert into access_log (who, operation, reason) values (${who}, ${operation}, ${reason}) returning access_id
        ), given_component as (
          select component_type, serial_number from unnest(
            ${components.map(({ type }) => type)}::text[], ${components.map(({ serialNumber }) => serialNumber)}::text[]
          ) as given (component_type, serial_number)
        ), bike as (
          select bike_id, case when from_ms > '-infinity' then to_timestamp(from_ms / 1000) end as since
          from unnest(${bikes.map(({ bikeId }) => bikeId)}::uuid[], ${fromMs}::text[]::float8[]) as given (bike_id, from_ms)
          union select bike_id, null from bikes where frame_number = any(${[...frames]}::text[])
          union select bike_id, null from installations where component_id in (
            select component_id from components join given_component using (component_type, serial_number)
            union select component_id from component_aliases join given_component using (component_type, serial_number))
        ), concerned as (
          select rider_id, bike_id from bike
          left join ownerships using (bike_id) where ownerships.bike_id is null or owned && tstzrange(since, null)
          union select rider_id, null from unnest(${[...riders]}::text[]) as named (rider_id)
        )
        insert into access_concerns (access_id, rider_id, bike_id)
        select access_id, rider_id, bike_id from access, concerned`
    },
    async ofRider(riderId, { cursor, limit }) {
      const [before] = cursor === undefined ? [beforeAll] : readCursor(cursor, cursorKey)
      const found = await sql<RiderAccess[]>`
        select access_log.access_id as "accessId", (extract(epoch from at) * 1000)::float8 as "atMs", who, operation, reason,
          array_remove(array_agg(distinct bike_id), null) as "bikeIds"
        from access_concerns join access_log using (access_id)
        where rider_id = ${riderId} and access_log.access_id < ${before}::bigint
        group by access_log.access_id order by access_log.access_id desc limit ${limit + 1}`
      const { rows, next } = pageOf(found, limit, ({ accessId }) => [accessId])
      return { accesses: rows, nextCursor: next }
    },
    async forget(olderThanDays) {
      const { count } = await sql`
        delete from access_log where access_id in (
          select access_id from access_log where at < now() - ${olderThanDays} * interval '1 day'
          order by at limit ${forgottenAtOnce})`
      return count
    },
  }
}
