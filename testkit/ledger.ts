// The books as the ledger in PostgreSQL has them.
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import type { Ledger, LedgerLine } from './books.ts'

/** Modules are senders of the form `bike:{id}`; every other one is a rider with a phone. */
export type Senders =
  | 'phones'
  | 'modules'
  | { readonly prefix: string }
  | { readonly bikeIds: readonly string[] }

/** All tracks of these senders together. */
export async function readLedger(sql: Sql, { senders }: { senders: Senders }): Promise<Ledger> {
  const whose = condition(sql, senders)
  const [tracks] = await sql<{ accepted: number }[]>`
    select coalesce(sum(accepted), 0)::float8 as accepted from ledger_books where ${whose}`
  const lines = await sql<LedgerLine[]>`
    select stage, outcome, reason, sum(samples)::float8 as samples from (
      select stage, outcome, reason, samples from ledger_counts join ledger_tracks using (track_id) where ${whose}
      union all
      select line.* from (
          select name as sender, settled_counts(accepted, delivered, unusual) as counts
          from ledger_settled join ledger_names on name_id = sender) as settled,
        jsonb_to_recordset(counts) as line (stage text, outcome text, reason text, samples integer)
      where ${whose}) as lines
    group by stage, outcome, reason order by stage, outcome, reason`
  return { accepted: tracks?.accepted ?? 0, lines: [...lines] }
}

function condition(sql: Sql, senders: Senders) {
  if (senders === 'phones') return sql`not starts_with(sender, 'bike:')`
  if (senders === 'modules') return sql`starts_with(sender, 'bike:')`
  if ('prefix' in senders) return sql`starts_with(sender, ${senders.prefix})`
  return sql`sender = any(${senders.bikeIds.map((bikeId) => `bike:${bikeId}`)}::text[])`
}
