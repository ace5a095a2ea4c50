// Bikes whose commands the platform ended, while some may still be on their way.
import type { CommandPurge, PurgeStore } from '../../../devices/commands/port.ts'
import type { Sql } from '../client/connect.ts'
import { certificatesInService, connectable } from './presence-store.ts'

type Row = Omit<CommandPurge, 'modules' | 'handedOverAgoMs'> & {
  modules: { deviceId: string; certificates: (string | null)[] }[]
  handedOverAgoMs: number | null
}

export function createPurgeStore(sql: Sql): PurgeStore {
  return {
    async waiting(limit) {
      const rows = await sql<Row[]>`
        select purges.purge_id::text as "purgeId", purges.bike_id as "bikeId",
          coalesce(modules.known, '[]') as modules, coalesce(modules.online, false) as "isConnectedSince",
          epoch_ms(purges.at) as "endedAtMs",
          (extract(epoch from clock_timestamp() - purges.at) * 1000)::float8 as "endedAgoMs",
          before.unexpired, (extract(epoch from clock_timestamp() - before.handed_over_at) * 1000)::float8
            as "handedOverAgoMs"
        from (select purge_id, bike_id, at from command_purges order by purge_id limit ${limit}) as purges,
        lateral (
          select json_agg(json_build_object('deviceId', device_id,
              'certificates', ${certificatesInService(sql)})) as known, bool_or(online and connected_at <= purges.at) as online
          from devices left join device_presence using (device_id)
          where devices.bike_id = purges.bike_id and revoked_at is null) as modules,
        lateral (
          select count(*)::integer as unexpired, max(handed_over_at) as handed_over_at from commands
          where commands.bike_id = purges.bike_id and created_at <= purges.at and expires_at > now()) as before
        order by purges.purge_id`
      return rows.map(({ handedOverAgoMs, modules, ...row }) => ({
        ...row,
        modules: modules.map(connectable),
        handedOverAgoMs: handedOverAgoMs ?? undefined,
      }))
    },
    async settled(purgeIds) {
      await sql`delete from command_purges where purge_id = any(${[...purgeIds]}::bigint[])`
      // Their publication waits for this.
      await sql`select pg_notify('bikes_changed', '')`
    },
    async oldestMs() {
      const [row] = await sql<{ oldestMs: number }[]>`
        select coalesce(extract(epoch from now() - min(at)) * 1000, 0)::float8 as "oldestMs" from command_purges`
      return row?.oldestMs ?? 0
    },
  }
}
