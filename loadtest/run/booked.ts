// What the ledger has of each upload, or of each module, which knows no uploads.
import type { Sql } from '../../core/engines/postgres/client/connect.ts'

/** Riders whose ids begin alike, or the modules of bikes. */
export type NamedSenders = { readonly prefix: string } | { readonly bikeIds: readonly string[] }

/** Samples accepted: of riders by upload id, of modules by sender (`bike:{id}`). */
export async function readBooked(sql: Sql, senders: NamedSenders): Promise<Map<string, number>> {
  const rows =
    'prefix' in senders ? await byUpload(sql, senders.prefix) : await bySender(sql, senders.bikeIds)
  return new Map(rows.map(({ id, samples }) => [id, samples]))
}

type Rows = { id: string; samples: number }[]

const byUpload = (sql: Sql, prefix: string) => sql<Rows>`
  select upload_id::text as id, sum(accepted)::float8 as samples from ledger_books
  where starts_with(sender, ${prefix}) group by upload_id`

const bySender = (sql: Sql, bikeIds: readonly string[]) => sql<Rows>`
  select sender as id, sum(accepted)::float8 as samples from ledger_books
  where sender = any(${bikeIds.map((bikeId) => `bike:${bikeId}`)}::text[]) group by sender`
