// Latest states of the bikes that somebody follows, for many readers in one question.
import type { DevicePresence } from '../../../devices/presence/port.ts'
import type { LiveState, LiveStore, Look } from '../../../riders/live/port.ts'
import type { Sql } from '../client/connect.ts'
import { presencesOf } from '../devices/presence-store.ts'
import { latestOfBikes } from '../telemetry/latest-store.ts'
import { holds } from './grant-store.ts'

interface Rooms {
  readonly presenceOf: (modules: readonly DevicePresence[]) => LiveState['presence']
}

export function createLiveStore(sql: Sql, { presenceOf }: Rooms): LiveStore {
  return {
    async look(readers) {
      return sql<Look[]>`
        with given as (
          select * from unnest(
            ${readers.map(({ bikeId }) => bikeId)}::uuid[], ${readers.map(({ subject }) => subject)}::text[],
            ${readers.map(({ byGrant }) => String(byGrant))}::text[]
          ) with ordinality as given (bike_id, subject, by_grant, place)
        ),
        versions as (
          select bike_id, string_agg(track_id::text || event_at::text, ',' order by state_group) as readings
          from latest_state where bike_id in (select bike_id from given) group by bike_id
        ),
        presences as (
          select bike_id, string_agg(device_id::text || online::text || changed_at::text, ',' order by device_id) as modules
          from device_presence join devices using (device_id)
          where bike_id in (select bike_id from given) and revoked_at is null group by bike_id
        )
        select
          case when by_grant = 'true' then exists (
            select from bike_grants where bike_grants.bike_id = given.bike_id and grantee = given.subject
              and 'state' = any(scopes) and ${holds(sql)})
          else exists (
            select from ownerships where ownerships.bike_id = given.bike_id and rider_id = given.subject
              and owned @> clock_timestamp()) end as "mayRead",
          md5(coalesce(readings, '') || coalesce(modules, '')) as version
        from given left join versions using (bike_id) left join presences using (bike_id)
        order by place`
    },
    async statesOf(bikeIds) {
      const [readings, modules] = await Promise.all([latestOfBikes(sql, bikeIds), presencesOf(sql, bikeIds)])
      const byBike = Map.groupBy(modules, ({ bikeId }) => bikeId)
      return new Map(
        bikeIds.map((bikeId) => [
          bikeId,
          { readings: readings.get(bikeId) ?? [], presence: presenceOf(byBike.get(bikeId) ?? []) },
        ]),
      )
    },
  }
}
