// Partners with their grants and keys, as verifying and judging need them, and sealed records that wait until their keys are
// registered.
import type { KnownStatement } from '../../../fleet/judging/port.ts'
import type {
  Grant,
  PartnerFact,
  SealStore,
  UnverifiedRecord,
  VerifyingKey,
} from '../../../fleet/partners/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { locks } from '../client/leadership.ts'

interface UnverifiedRow {
  record: string
  keyId: string
  recordKey: Buffer | null
  value: Buffer
  receivedAtMs: number
}

export function createSealStore(sql: Sql): SealStore {
  return {
    keys: (keyIds) => loadKeys(sql, sql`key_id = any(${[...keyIds]}::text[])`),
    keepUnverified: (records, most) => keepUnverified(sql, records, most),
    verifiable: (limit) => sql<UnverifiedRow[]>`
      select record, key_id as "keyId", record_key as "recordKey", value,
        (extract(epoch from received_at) * 1000)::float8 as "receivedAtMs"
      from unverified_records join partner_keys using (key_id) order by position limit ${limit}`,
    async dropUnverified(records) {
      await sql`delete from unverified_records where record = any(${[...records]}::text[])`
    },
    async countUnverified() {
      const [row] = await sql<{ count: number }[]>`select count(*)::integer from unverified_records`
      return row?.count ?? 0
    },
  }
}

/** `which` is a condition on partner_keys. */
export async function loadKeys(sql: Sql | Transaction, which: ReturnType<Sql>): Promise<VerifyingKey[]> {
  const rows = await sql<(Omit<VerifyingKey, 'publicKey'> & { publicKey: Buffer })[]>`
    select key_id as "keyId", partner_id as "partnerId", door, public_key as "publicKey",
      case when partner_id is null then array(select partner_id from partners) else array[partner_id] end as "speaksFor",
      (extract(epoch from valid_from) * 1000)::float8 as "validFromMs",
      (extract(epoch from valid_until) * 1000)::float8 as "validUntilMs",
      (extract(epoch from distrusted_from) * 1000)::float8 as "distrustedFromMs"
    from partner_keys where ${which} order by added_at, key_id`
  return rows
}

async function keepUnverified(
  sql: Sql,
  records: readonly UnverifiedRecord[],
  most: { readonly records: number; readonly bytes: number },
): Promise<readonly UnverifiedRecord[]> {
  return sql.begin(async (tx) => {
    // Two that keep records at once might keep too many.
    await tx`select pg_advisory_xact_lock(${locks.unverifiedRecords})`
    const rows = await tx<{ record: string }[]>`
      with given as (
        select * from unnest(
          ${records.map(({ record }) => record)}::text[],
          ${records.map(({ keyId }) => keyId)}::text[],
          ${records.map(({ recordKey }) => recordKey && Buffer.from(recordKey).toString('base64'))}::text[],
          ${records.map(({ value }) => Buffer.from(value).toString('base64'))}::text[],
          ${records.map(({ receivedAtMs }) => new Date(receivedAtMs).toISOString())}::timestamptz[]
        ) with ordinality as given (record, key_id, record_key, value, received_at, place)
      ), known as (
        select count(*) as records, coalesce(sum(octet_length(value)), 0) as bytes from unverified_records
      ), fresh as (
        select given.*, known.records + row_number() over (order by place) as records,
          known.bytes + sum(octet_length(decode(given.value, 'base64'))) over (order by place) as bytes
        from given cross join known
        where not exists (select from unverified_records as kept where kept.record = given.record)
      ), kept as (
        insert into unverified_records (record, key_id, record_key, value, received_at)
        select record, key_id, decode(record_key, 'base64'), decode(value, 'base64'), received_at
        from fresh where records <= ${most.records} and bytes <= ${most.bytes} order by place
        on conflict (record) do nothing
      )
      select record from fresh where records > ${most.records} or bytes > ${most.bytes}`
    const left = new Set(rows.map(({ record }) => record))
    return records.filter(({ record }) => left.has(record))
  })
}

/** `locked`: whoever changes a grant or distrusts a key meanwhile waits, and then finds what was decided without it. */
export async function loadPartners(
  tx: Transaction,
  partnerIds: readonly string[],
  { locked = true } = {},
): Promise<PartnerFact[]> {
  const ids = [...new Set(partnerIds)]
  if (ids.length === 0) return []
  const partners = await tx<PartnerRow[]>`
    select partner_id as "partnerId", role from partners where partner_id = any(${ids}::text[])
    order by partner_id ${locked ? tx`for share` : tx``}`
  return withGrantsAndKeys(tx, partners)
}

type PartnerRow = Pick<PartnerFact, 'partnerId' | 'role'>

/** Reads them after the partners: what a lock waited for is seen. */
export async function withGrantsAndKeys(
  sql: Sql | Transaction,
  partners: readonly PartnerRow[],
): Promise<PartnerFact[]> {
  const ids = partners.map(({ partnerId }) => partnerId)
  const rows = await sql<(Grant & { partnerId: string })[]>`
    select partner_id as "partnerId", door, kind, brand, plant from partner_grants
    where partner_id = any(${ids}::text[]) and withdrawn_at is null
    order by door, kind, brand, plant`
  const grants = Map.groupBy(rows, ({ partnerId }) => partnerId)
  const keys = await loadKeys(sql, sql`partner_id is null or partner_id = any(${ids}::text[])`)
  return partners.map((partner) => ({
    ...partner,
    grants: (grants.get(partner.partnerId) ?? []).map(({ partnerId: _, ...grant }) => grant),
    keys: keys.filter(({ speaksFor }) => speaksFor.includes(partner.partnerId)),
  }))
}

export const partnersOf = (statements: readonly KnownStatement[]): string[] =>
  statements.flatMap(({ speaker }) => ('keyId' in speaker ? speaker.partnerId : []))
