// Riders with registered bikes and tokens, made before the load; half of them consent to research.
import { randomUUID } from 'node:crypto'
import { createConsentStore } from '../../core/engines/postgres/riders/consent-store.ts'
import { registerBikes } from '../../core/fleet/registry/stores.ts'
import { grantConsent } from '../../core/riders/consent/consents.ts'
import { waitUntilKnown } from '../../testkit/await-known-bikes.ts'
import { requestToken } from '../../testkit/token.ts'
import type { LoadRider } from '../scenarios/plan.ts'
import type { Target } from './target.ts'

export interface RidersOptions {
  readonly target: Target
  /** Begins the ids of the riders: their books are found by it. */
  readonly prefix: string
  readonly riders: number
  readonly bikesPerRider: number
  /** So many addresses in X-Forwarded-For; one a rider by default. */
  readonly addresses?: number | undefined
}

const atOnce = 20
const producedAt = new Date('2020-01-01T00:00:00Z')

export async function createRiders(options: RidersOptions): Promise<LoadRider[]> {
  const { target, prefix, addresses = options.riders } = options
  const nameless = Array.from({ length: options.riders }, (_, i) => ({
    riderId: `${prefix}${i}`,
    address: addressOf(i % addresses),
    bikes: Array.from({ length: options.bikesPerRider }, () => ({
      bikeId: randomUUID(),
      recorderId: randomUUID(),
    })),
  }))
  await registerBikes(
    target.sql,
    nameless.flatMap(({ riderId, bikes }) => bikes.map(({ bikeId }) => ({ bikeId, riderId, producedAt }))),
  )
  const bikeIds = nameless.flatMap(({ bikes }) => bikes.map(({ bikeId }) => bikeId))
  await waitUntilKnown(target.sql, { bikeIds })
  for (const { riderId } of nameless.filter((_, i) => i % 2 === 0)) {
    await grantConsent(createConsentStore(target.sql), {
      riderId,
      purpose: 'research',
      from: producedAt,
      by: 'rider',
    })
  }
  const riders: LoadRider[] = []
  for (let i = 0; i < nameless.length; i += atOnce) {
    const some = nameless.slice(i, i + atOnce)
    riders.push(
      ...(await Promise.all(some.map(async (one) => ({ ...one, token: await tokenOf(target, one) })))),
    )
  }
  return riders
}

/** Of the block for documentation and benchmarks, RFC 2544. */
const addressOf = (index: number) => `198.18.${Math.floor(index / 250) % 250}.${(index % 250) + 1}`

export function tokenOf({ env }: Target, rider: Omit<LoadRider, 'token'>): Promise<string> {
  const bikes = rider.bikes.map(({ bikeId }) => bikeId)
  return requestToken(env.TOKEN_URL ?? '', { subject: rider.riderId, bikes })
}
