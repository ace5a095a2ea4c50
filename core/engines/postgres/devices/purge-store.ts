// Changes of owners after which commands may still be on their way to the bike.
import type { PurgeStore, UnpurgedChange } from '../../../devices/commands/port.ts'
import type { Sql } from '../client/connect.ts'
import { certificatesInService, connectable } from './presence-store.ts'

type Row = Omit<UnpurgedChange, 'modules' | 'handedOverAgoMs'> & {
  modules: { deviceId: string; certificates: (string | null)[] }[]
  handedOverAgoMs: number | null
}

export function createPurgeStore(sql: Sql): PurgeStore {
  return {
    async unpurged(limit) {
      const rows = await sql<Row[]>`
        select changes.change_id::text as "changeId", changes.bike_id as "bikeId",
          coalesce(modules.known, '[]') as modules, coalesce(modules.online, false) as "isConnectedSince",
          epoch_ms(changes.at) as "changedAtMs",
          (extract(epoch from clock_timestamp() - changes.at) * 1000)::float8 as "changedAgoMs",
          before.unexpired, (extract(epoch from clock_timestamp() - before.handed_over_at) * 1000)::float8
            as "handedOverAgoMs"
        from (
          select change_id, bike_id, at from ownership_changes where purged_at is null
          order by change_id limit ${limit}) as changes,
        lateral (
          select json_agg(json_build_object('deviceId', device_id,
              'certificates', ${certificatesInService(sql)})) as known, bool_or(online and connected_at <= changes.at) as online
          from devices left join device_presence using (device_id)
          where devices.bike_id = changes.bike_id and revoked_at is null) as modules,
        lateral (
          select count(*)::integer as unexpired, max(handed_over_at) as handed_over_at from commands
          where commands.bike_id = changes.bike_id and created_at <= changes.at and expires_at > now()) as before
        order by changes.change_id`
      return rows.map(({ handedOverAgoMs, modules, ...row }) => ({
        ...row,
        modules: modules.map(connectable),
        handedOverAgoMs: handedOverAgoMs ?? undefined,
      }))
    },
    async purged(changeIds) {
      await sql`
        update ownership_changes set purged_at = now()
        where change_id = any(${[...changeIds]}::bigint[]) and purged_at is null`
      // Their publication waits for this.
      await sql`select pg_notify('bikes_changed', '')`
    },
    async backlog() {
      const [row] = await sql<{ changes: number; oldestMs: number }[]>`
        select count(*)::float8 as changes,
          coalesce(extract(epoch from now() - min(at)) * 1000, 0)::float8 as "oldestMs"
        from ownership_changes where purged_at is null`
      return { changes: row?.changes ?? 0, oldestMs: row?.oldestMs ?? 0 }
    },
  }
}
