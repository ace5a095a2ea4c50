// Before the uploads: bikes in the registry with their owners, and what the riders allow.
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import { createConsentStore } from '../core/engines/postgres/riders/consent-store.ts'
import { registerBikes } from '../core/fleet/registry/stores.ts'
import { grantConsent, withdrawConsent } from '../core/riders/consent/consents.ts'
import type { PlannedRide } from './plan.ts'
import { recentConsentMs } from './roles.ts'

const year = 365 * 86_400_000
const consent = { purpose: 'research', by: 'rider' } as const

export function register(sql: Sql, rides: readonly PlannedRide[], nowMs: number): Promise<void> {
  const producedAt = new Date(nowMs - 2 * year)
  return registerBikes(
    sql,
    rides.map(({ bikeId, riderId }) => ({ bikeId, riderId, producedAt })),
  )
}

export async function grantConsents(sql: Sql, rides: readonly PlannedRide[], nowMs: number): Promise<void> {
  for (const { riderId, consent: given } of rides) {
    if (given === 'never') continue
    const sinceMs = given === 'recent' ? recentConsentMs(nowMs) : nowMs - 2 * year
    await grantConsent(createConsentStore(sql), { riderId, ...consent, from: new Date(sinceMs) })
    if (given === 'withdrawn') await withdrawConsent(createConsentStore(sql), { riderId, ...consent })
  }
}
