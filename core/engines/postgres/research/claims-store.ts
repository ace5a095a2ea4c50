// Claims of the research stream in PostgreSQL, where an exclusion constraint lets a sample be claimed once.
import type { Claim, ClaimsStore } from '../../../research/stream/port.ts'
import type { Range } from '../../../telemetry/contracts/clean-samples.ts'
import type { Sql } from '../client/connect.ts'

export function createClaimsStore(sql: Sql): ClaimsStore {
  return {
    claimsOf: (trackIds) => claimsOf(sql, trackIds),
    save: (claims) => save(sql, claims),
    prune: (which) => prune(sql, which),
  }
}

type Row = Omit<Claim, 'samples' | 'offset'> & { samples: string; offset: string }

async function claimsOf(sql: Sql, trackIds: readonly string[]): Promise<Claim[]> {
  const rows = await sql<Row[]>`
    select track_id as "trackId", source_partition as partition, source_offset::text as offset,
      samples::text as samples, delivered, withheld
    from analytics_claims where track_id = any(${[...trackIds]}::uuid[])`
  return rows.map((row) => ({ ...row, offset: BigInt(row.offset), samples: readMultirange(row.samples) }))
}

async function save(sql: Sql, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return
  await sql`
    insert into analytics_claims (track_id, source_partition, source_offset, samples, delivered, withheld)
    select track_id, source_partition, source_offset, samples::int4multirange, delivered, withheld::jsonb
    from unnest(
      ${claims.map(({ trackId }) => trackId)}::uuid[],
      ${claims.map(({ partition }) => partition)}::int4[],
      ${claims.map(({ offset }) => String(offset))}::int8[],
      ${claims.map(({ samples }) => writeMultirange(samples))}::text[],
      ${claims.map(({ delivered }) => delivered)}::int4[],
      ${claims.map(({ withheld }) => JSON.stringify(withheld))}::text[]
    ) as given (track_id, source_partition, source_offset, samples, delivered, withheld)
    order by track_id, source_partition, source_offset
    on conflict (track_id, source_partition, source_offset)
      do update set delivered = excluded.delivered, withheld = excluded.withheld`
}

async function prune(sql: Sql, { keptDays, limit }: { keptDays: number; limit: number }): Promise<void> {
  await sql`
    delete from analytics_claims where ctid in (
      select ctid from analytics_claims as claims
      where claimed_at < now() - make_interval(days => ${keptDays})
        and not exists (select from quarantine where quarantine.track_id = claims.track_id)
      order by claimed_at limit ${limit})`
}

/** `{[0,3),[5,9)}`, as PostgreSQL writes multiranges of integers. */
function readMultirange(text: string): Range[] {
  return [...text.matchAll(/\[(\d+),(\d+)\)/g)].map(([, first, end]) => ({
    first: Number(first),
    count: Number(end) - Number(first),
  }))
}

function writeMultirange(ranges: readonly Range[]): string {
  return `{${ranges.map(({ first, count }) => `[${first},${first + count})`).join(',')}}`
}
