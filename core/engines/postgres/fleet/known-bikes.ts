// Known bikes in PostgreSQL: the newest entity of each.
import type { KnownBikes } from '../../../fleet/bikes/port.ts'
import type { Sql } from '../client/connect.ts'

export function createKnownBikes(sql: Sql): KnownBikes {
  return {
    async learn(news) {
      if (news.length === 0) return 0
      const { count } = await sql`
        insert into known_bikes as known (bike_id, version, entity, judged_by, judged_version)
        select bike_id, version, decode(entity, 'base64'), judged_by, version
        from unnest(
          ${news.map(({ bikeId }) => bikeId)}::uuid[], ${news.map(({ version }) => String(version))}::bigint[],
          ${news.map(({ entity }) => Buffer.from(entity).toString('base64'))}::text[],
          ${news.map(({ judgedBy }) => judgedBy)}::text[]
        ) as given (bike_id, version, entity, judged_by)
        on conflict (bike_id) do update set
          version = excluded.version, entity = excluded.entity, known_at = now(), judged_by = excluded.judged_by,
          judged_version = case
            when excluded.judged_by = known.judged_by then known.judged_version else excluded.version end
        where excluded.version > known.version`
      return count
    },
  }
}

/** Those of these bikes, or of all, that have changes which are not known yet. */
export async function notYetKnown(sql: Sql, bikeIds?: readonly string[]): Promise<string[]> {
  const asked = bikeIds === undefined ? null : [...bikeIds]
  const rows = await sql<{ bikeId: string }[]>`
    select bike_id as "bikeId"
    from bikes join bike_changes using (bike_id) left join known_bikes using (bike_id)
    where (${asked}::uuid[] is null or bike_id = any(${asked}::uuid[]))
      and bike_changes.version > coalesce(known_bikes.version, 0)`
  return rows.map(({ bikeId }) => bikeId)
}
