// Partners with their grants and keys, as judging needs them.

import type { KnownStatement } from '../../../fleet/judging/port.ts'
import type { Grant, PartnerFact } from '../../../fleet/partners/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'
import { loadKeys } from './seal-store.ts'

/** Locks them, so that whoever changes a grant or distrusts a key meanwhile waits, and then finds what was decided without it. */
export async function loadPartners(tx: Transaction, partnerIds: readonly string[]): Promise<PartnerFact[]> {
  const ids = [...new Set(partnerIds)]
  if (ids.length === 0) return []
  const partners = await tx<PartnerRow[]>`
    select partner_id as "partnerId", role from partners where partner_id = any(${ids}::text[])
    order by partner_id for share`
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
