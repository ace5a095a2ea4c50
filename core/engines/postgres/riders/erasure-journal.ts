// Applies the journal of erasures to a PostgreSQL that was restored to a time before some of them.
import { erasedName, type JournalReplay } from '../../../riders/own-data/erasure/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { dropResearchKey } from './consent-store.ts'

/** Names are read in pages; a rider whose name stands in none of these columns has no rows that an erasure would look for. */
const pageRiders = 10_000
const nameColumns = [
  ...['ownerships.rider_id', 'ownership_changes.former_rider', 'ownership_changes.new_rider'],
  ...['consents.rider_id', 'consent_acts.rider_id', 'research_keys.rider_id', 'bike_grants.rider_id'],
  ...['notices.rider_id', 'ride_notes.rider_id', 'privacy_zones.rider_id', 'rider_references.rider_id'],
  ...['rides.rider_id', 'ledger_names.name', 'ledger_tracks.sender', 'clock_decisions.sender'],
  ...['access_concerns.rider_id', 'erasure_requests.rider_id'],
]

export function createJournalReplay(sql: Sql): JournalReplay {
  return {
    async *riders() {
      for (const column of nameColumns) {
        const [table = '', name = ''] = column.split('.')
        for (let after = ''; ; ) {
          const rows = await sql<{ name: string }[]>`
            select distinct ${sql(name)} as name from ${sql(table)}
            where ${sql(name)} > ${after} order by 1 limit ${pageRiders}`
          if (rows.length > 0) yield rows.map((row) => row.name)
          if (rows.length < pageRiders) break
          after = rows.at(-1)?.name ?? after
        }
      }
    },
    async remember({ erasureId, tombstone, erasedAtMs }) {
      await sql`
        insert into erasure_tombstones as known (tombstone, erasure_id, erased_at)
        values (${tombstone}, ${erasureId}, to_timestamp(${erasedAtMs}::float8 / 1000))
        on conflict (tombstone) do update set erasure_id = excluded.erasure_id, erased_at = excluded.erased_at
        where excluded.erased_at > known.erased_at`
    },
    beginAgain: (entry, riderId) =>
      sql.begin(async (tx) => beginAgain(tx, { ...entry, riderId })) as Promise<boolean>,
    async ridersOfPersons(persons) {
      const rows = await sql<{ riderId: string }[]>`
        select rider_id as "riderId" from research_keys where person::text = any(${[...persons]}::text[])`
      return rows.map(({ riderId }) => riderId)
    },
  }
}

/** What the rider had in the restored rows ends at the time of the erasure; the service goes on with the steps. */
async function beginAgain(
  tx: Transaction,
  { erasureId, erasedAtMs, riderId }: { erasureId: string; erasedAtMs: number; riderId: string },
): Promise<boolean> {
  const at = new Date(erasedAtMs)
  await tx`delete from erasure_requests where rider_id = ${riderId} and asked_at < ${at}`
  const begun = await tx`
    insert into erasures (erasure_id, rider_id, requested_at) values (${erasureId}, ${riderId}, ${at})
    on conflict do nothing`
  if (begun.count === 0) return false
  await tx`
    update ownerships set rider_id = ${erasedName(erasureId)}, owned = owned * tstzrange(null, ${at})
    where rider_id = ${riderId} and coalesce(lower(owned), '-infinity') < ${at}`
  await tx`delete from consents where rider_id = ${riderId}`
  await dropResearchKey(tx, riderId)
  await tx`update bike_grants set revoked_at = now() where rider_id = ${riderId} and revoked_at is null`
  return true
}
