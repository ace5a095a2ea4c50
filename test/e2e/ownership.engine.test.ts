// A bike and its owners on the whole platform: bought, said to be sold again by others, handed on. Rides, research and
// uploads follow the times of ownership.
import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createConsentStore } from '../../core/engines/postgres/riders/consent-store.ts'
import { grantConsent } from '../../core/riders/consent/consents.ts'
import { createRandom } from '../../simulator/index.ts'
import {
  createSpeaker,
  type MadeBike,
  makeBikes,
  sayAbout,
  sayCatalogue,
} from '../../simulator/manufacturing/index.ts'
import { buyerOf, claimBike, say, statementStates } from '../../testkit/platform/fleet.ts'
import { researchedIn, until, untilBooked } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { rideTrack } from '../../testkit/platform/rides.ts'
import { requestToken } from '../../testkit/token.ts'

const services = [
  ...(['issuer', 'edge', 'normalize', 'search', 'latest', 'ledger', 'quarantine'] as const),
  ...(['fleet', 'bikes', 'analytics', 'api'] as const),
]
const seed = 51
const [bike] = makeBikes({ bikes: 1, seed, startMs: Date.UTC(2025, 0, 6), days: 4, exchanges: 0 }) as [
  MadeBike,
]
const hourMs = 3_600_000
const nowMs = Date.now()
let platform: TestPlatform
let anna: Rider
let ben: Rider

beforeAll(async () => {
  platform = await openTestPlatform({ engines: inject('engines'), services, onProgress: () => undefined })
  await say(platform, [...sayCatalogue({ seed, atMs: Date.UTC(2025, 0, 6) }), ...sayAbout([bike], { seed })])
  await until('the sale counts', async () => {
    const [code] = await platform.sql`select from claim_codes where bike_id = ${bike.bikeId}`
    return code !== undefined
  })
  anna = await buyerOf(platform, bike)
  ben = await buyerOf(platform, { ...bike, riderId: 'ben' })
  const consent = {
    riderId: anna.riderId,
    purpose: 'research' as const,
    by: 'rider',
    from: new Date(bike.soldAtMs),
  }
  await grantConsent(createConsentStore(platform.sql), consent)
})
afterAll(() => platform?.close())

async function ride(
  rider: Rider,
  { hoursAgo, samples }: { hoursAgo: number; samples: number },
): Promise<void> {
  const startMs = nowMs - hoursAgo * hourMs
  await platform.upload(rider, [
    rideTrack({ bikeId: bike.bikeId, recorderId: randomUUID(), startMs, samples }),
  ])
}

const ridesSeenBy = async (rider: Rider) => {
  const answer = await platform.read(rider, `/v1/bikes/${bike.bikeId}/telemetry?limit=500`)
  return (answer as { samples: unknown[] }).samples.length
}

const ask = (rider: Rider, path: string, init: RequestInit = {}) =>
  fetch(`${platform.env.API_URL}/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${rider.token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(10_000),
  })

/** Whoever may write to the topic says so, and names himself as the buyer. */
const forgedSale = (soldAtMs: number) => {
  const claimCodeSha256 = createHash('sha256').update('0000000000000000').digest('base64')
  const soldAt = new Date(soldAtMs).toISOString()
  const said = { frameNumber: bike.frameNumber, riderId: 'mallory', soldAt, claimCodeSha256 }
  return createSpeaker(createRandom(soldAtMs))('bikeSold', said, {
    source: `oem:${bike.oem}`,
    atMs: soldAtMs,
  })
}

test('a sale that somebody makes up takes no bike and no ride, whatever its date', async () => {
  expect(await claimBike(platform, bike)).toBe(new Date(bike.soldAtMs).toISOString())
  await platform.bikesKnown()
  await ride(anna, { hoursAgo: 5, samples: 60 })
  await untilBooked(platform, anna, { books: { 'search stored': 60, 'analytics delivered': 60 } })

  const dayMs = 24 * hourMs
  await say(platform, [forgedSale(nowMs - hourMs), forgedSale(bike.soldAtMs - 2 * dayMs)])
  await until('they wait for a reviewer', async () => (await statementStates(platform)).held === 2)
  const mallory = {
    ...anna,
    riderId: 'mallory',
    token: (await buyerOf(platform, { ...bike, riderId: 'mallory' })).token,
  }
  expect((await ask(mallory, `/bikes/${bike.bikeId}/telemetry`)).status).toBe(404)
  await expect(claimBike(platform, { riderId: 'mallory', claimCode: '0000-0000-0000-0000' })).rejects.toThrow(
    '422',
  )
  await expect.poll(() => ridesSeenBy(anna)).toBe(60)
  expect(await platform.sql`select rider_id from ownerships where bike_id = ${bike.bikeId}`).toEqual([
    { rider_id: anna.riderId },
  ])
})

test('rides, late uploads and research follow the times of ownership', async () => {
  const from = new Date(nowMs - 3 * hourMs).toISOString()
  const offered = await ask(anna, `/riders/me/bikes/${bike.bikeId}/offers`, {
    method: 'POST',
    body: JSON.stringify({ from }),
  })
  const { code } = (await offered.json()) as { code: string }
  expect(await claimBike(platform, { riderId: ben.riderId, claimCode: code })).toBe(from)
  await platform.bikesKnown()

  await ride(ben, { hoursAgo: 2, samples: 40 })
  // A ride of her time comes late; one of his is not hers, though her token still names the bike.
  await ride(anna, { hoursAgo: 4, samples: 30 })
  await ride(anna, { hoursAgo: 1, samples: 10 })
  await untilBooked(platform, ben, { books: { 'search stored': 40, 'analytics withheld': 40 } })
  await untilBooked(platform, anna, {
    books: { 'search stored': 90, 'analytics delivered': 90, 'normalize quarantined': 10 },
  })
  expect(await platform.sql`select distinct reason from quarantine where bike_id = ${bike.bikeId}`).toEqual([
    { reason: 'bike_foreign' },
  ])
  const seen = () => Promise.all([ridesSeenBy(anna), ridesSeenBy(ben)])
  await expect.poll(seen).toEqual([90, 40])
  expect((await ask(anna, `/bikes/${bike.bikeId}/latest`)).status).toBe(404)
  expect((await ask(ben, `/bikes/${bike.bikeId}/latest`)).status).toBe(200)
  // Consent is hers and goes nowhere with the bike: research has her rides and none of his.
  expect(await researchedIn(platform)).toHaveLength(90)
})

test('a login service asks who owns the bike before it issues a token', async () => {
  const claimsOf = async (subject: string) =>
    JSON.parse(
      Buffer.from(
        (await requestToken(platform.env.TOKEN_URL ?? '', { subject })).split('.')[1] ?? '',
        'base64url',
      ).toString(),
    ) as { bikes: string[] }
  expect((await claimsOf(ben.riderId)).bikes).toEqual([bike.bikeId])
  expect((await claimsOf(anna.riderId)).bikes).toEqual([])
})
