// Partners with their grants, as judging needs them.

import type { KnownStatement } from '../../../fleet/judging/port.ts'
import type { Grant, PartnerFact } from '../../../fleet/partners/port.ts'
import type { Sql, Transaction } from '../client/connect.ts'

/** Locks them, so that whoever changes a grant meanwhile waits, and then finds what was held without it. */
export async function loadPartners(tx: Transaction, partnerIds: readonly string[]): Promise<PartnerFact[]> {
  const ids = [...new Set(partnerIds)]
  if (ids.length === 0) return []
  const partners = await tx<Omit<PartnerFact, 'grants'>[]>`
    select partner_id as "partnerId", role from partners where partner_id = any(${ids}::text[])
    order by partner_id for share`
  return withGrants(tx, partners)
}

export async function withGrants<P extends { readonly partnerId: string }>(
  sql: Sql | Transaction,
  partners: readonly P[],
): Promise<(P & { readonly grants: readonly Grant[] })[]> {
  const rows = await sql<(Grant & { partnerId: string })[]>`
    select partner_id as "partnerId", door, kind, brand, plant from partner_grants
    where partner_id = any(${partners.map(({ partnerId }) => partnerId)}::text[])
    order by door, kind, brand, plant`
  const grants = Map.groupBy(rows, ({ partnerId }) => partnerId)
  return partners.map((partner) => ({
    ...partner,
    grants: (grants.get(partner.partnerId) ?? []).map(({ partnerId: _, ...grant }) => grant),
  }))
}

export const partnersOf = (statements: readonly KnownStatement[]): string[] =>
  statements.flatMap(({ speaker }) => ('keyId' in speaker ? speaker.partnerId : []))
