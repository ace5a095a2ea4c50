// What is known of bikes, in PostgreSQL: the newest entity of each.
import type { KnownBikes } from '../bikes/port.ts'
import type { Sql } from './connect.ts'

export function createKnownBikes(sql: Sql): KnownBikes {
  return {
    async learn(news) {
      if (news.length === 0) return 0
      const { count } = await sql`
        insert into known_bikes as known (bike_id, version, entity)
        select bike_id, version, decode(entity, 'base64')
        from unnest(
          ${news.map(({ bikeId }) => bikeId)}::uuid[], ${news.map(({ version }) => String(version))}::bigint[],
          ${news.map(({ entity }) => Buffer.from(entity).toString('base64'))}::text[]
        ) as given (bike_id, version, entity)
        on conflict (bike_id) do update set
          version = excluded.version, entity = excluded.entity, known_at = now()
        where excluded.version > known.version`
      return count
    },
  }
}
