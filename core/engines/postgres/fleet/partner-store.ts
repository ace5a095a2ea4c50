// Partners, their keys and grants in PostgreSQL, for the operator.
import type {
  Grant,
  PartnerFact,
  PartnerKey,
  PartnerStore,
  WaitingKey,
} from '../../../fleet/partners/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { loadKeys, withGrantsAndKeys } from './partners.ts'
import { statementsDueChannel } from './statements.ts'

export function createPartnerStore(sql: Sql): PartnerStore {
  return {
    async register({ partnerId, role }) {
      await sql`insert into partners (partner_id, role) values (${partnerId}, ${role}) on conflict do nothing`
      const [known] = await sql<{ role: string }[]>`select role from partners where partner_id = ${partnerId}`
      return known?.role === role
    },
    list: () => listed(sql, sql`true`),
    find: async (partnerId) => (await listed(sql, sql`partner_id = ${partnerId}`))[0],
    platformKeys: () => loadKeys(sql, sql`partner_id is null`),
    addKey: (key) => addKey(sql, key),
    async endKey(keyId, validUntilMs) {
      const ended = await sql`
        update partner_keys set valid_until = ${time(validUntilMs)}::text::timestamptz where key_id = ${keyId}`
      return ended.count > 0
    },
    grant: (partnerId, grants) =>
      sql.begin(async (tx) => {
        await tx`select from partners where partner_id = ${partnerId} for update`
        await tx`
          insert into partner_grants (partner_id, door, kind, brand, plant)
          select ${partnerId}, * from ${given(tx, grants)}
          on conflict (partner_id, door, kind, brand, plant) do update set withdrawn_at = null`
        await tx`update manufacturing_events set due = true where partner_id = ${partnerId} and state = 'held'`
        await tx`select pg_notify(${statementsDueChannel}, '')`
      }),
    withdraw: (partnerId, grants) =>
      sql.begin(async (tx) => {
        await tx`select from partners where partner_id = ${partnerId} for update`
        const gone = await tx`
          update partner_grants set withdrawn_at = now() where partner_id = ${partnerId} and withdrawn_at is null
            and (door, kind, brand, plant) in (select * from ${given(tx, grants)})`
        return gone.count
      }),
    waiting: () => sql<WaitingKey[]>`
      select key_id as "keyId", count(*)::integer as records,
        (extract(epoch from min(received_at)) * 1000)::float8 as "oldestMs"
      from unverified_records group by key_id order by min(received_at)`,
  }
}

async function listed(sql: Sql, which: ReturnType<Sql>): Promise<PartnerFact[]> {
  const partners = await sql<Pick<PartnerFact, 'partnerId' | 'role'>[]>`
    select partner_id as "partnerId", role from partners where ${which} order by partner_id`
  return (await withGrantsAndKeys(sql, partners)).map(({ keys, ...partner }) => ({
    ...partner,
    keys: keys.filter(({ partnerId }) => partnerId !== null),
  }))
}

async function addKey(sql: Sql, key: PartnerKey): ReturnType<PartnerStore['addKey']> {
  const { keyId, partnerId, door, publicKey, validFromMs, validUntilMs } = key
  return sql.begin(async (tx) => {
    const isKnown = partnerId === null || (await lockPartner(tx, partnerId))
    if (!isKnown) return 'partner_unknown'
    const added = await tx`
      insert into partner_keys (key_id, partner_id, door, public_key, valid_from, valid_until)
      values (${keyId}, ${partnerId}, ${door}, ${Buffer.from(publicKey)}, ${time(validFromMs)}::text::timestamptz,
        ${time(validUntilMs)}::text::timestamptz) on conflict do nothing`
    await tx`select pg_notify(${statementsDueChannel}, '')`
    if (added.count > 0) return 'added'
    const [known] = await tx<{ isTheirs: boolean; isDistrusted: boolean }[]>`
      select partner_id is not distinct from ${partnerId} and door = ${door} as "isTheirs", distrusted_from < 'infinity' as "isDistrusted"
      from partner_keys where key_id = ${keyId}`
    if (known?.isTheirs !== true) return 'key_taken'
    return known.isDistrusted ? 'distrusted' : 'known'
  })
}

/** False where there is none. */
async function lockPartner(tx: Transaction, partnerId: string): Promise<boolean> {
  return (await tx`select from partners where partner_id = ${partnerId} for share`).count > 0
}

/** A table in SQL: door, kind, brand, plant. */
const given = (tx: Transaction, grants: readonly Grant[]) => tx`unnest(
  ${grants.map(({ door }) => door)}::text[], ${grants.map(({ kind }) => kind)}::text[],
  ${grants.map(({ brand }) => brand)}::text[], ${grants.map(({ plant }) => plant)}::text[])`

function time(ms: number): string {
  if (ms === Number.POSITIVE_INFINITY) return 'infinity'
  return ms === Number.NEGATIVE_INFINITY ? '-infinity' : new Date(ms).toISOString()
}
