// Rides on the real Kafka, Elasticsearch and PostgreSQL: whatever the delivery, the same samples end in the same rides.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom, type Random } from '../../../simulator/random.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { ridesOf } from './plan.ts'
import type { Ride, RideBike, RideSample } from './port.ts'
import { openRidesEnvironment, type RidesEnvironment } from './testing/environment.ts'
import { minutes, phoneId, recorded as recordedEach, riding, standing, startMs } from './testing/samples.ts'
import { tracksOf } from './testing/tracks.ts'

let environment: RidesEnvironment
const producedAt = new Date('2025-01-01T00:00:00Z')

beforeAll(async () => {
  environment = await openRidesEnvironment()
  environment.startMarker('rides')
  environment.startFinder()
})
afterAll(() => environment.close(), 60_000)

async function newBike(riderId = 'anna'): Promise<string> {
  const bikeId = randomUUID()
  await registerBikes(environment.sql, [{ bikeId, riderId, producedAt }])
  return bikeId
}

const ownedBy = (bikeId: string): RideBike => ({
  ...{ bikeId, moduleIds: [] },
  owners: [{ riderId: 'anna', fromMs: producedAt.getTime(), untilMs: Number.POSITIVE_INFINITY }],
})

/** Rides as they are stored, and as two bikes' can be compared. */
const ridesNow = (bikeId: string) =>
  environment.store.ridesBetween(bikeId, { fromMs: 0, untilMs: Date.UTC(2100, 0) })
const comparable = (rides: readonly Ride[]) =>
  rides.map(({ bikeId, rideId, ...ride }) => ({ ...ride, moment: rideId.slice(bikeId.length) }))

/** Few samples, since engines are shared; they are as close as a recorder's may be that is heard without gaps. */
const recorded = (stretch: Parameters<typeof recordedEach>[0]) => recordedEach({ everyS: 10, ...stretch })

/** A ride in March, and a morning in June: two recorders, a rest, a charge, a recording that ends, and a silence that splits. */
function morning(): RideSample[] {
  const battery = () => ({ voltage_v: 36, current_a: 4, state_of_charge_pct: 80 })
  const charge = () => ({ voltage_v: 40, current_a: -2, state_of_charge_pct: 82 })
  return [
    ...recorded({ atMs: -92 * minutes(24 * 60), seconds: 400, recordingId: 0 }),
    ...recorded({ atMs: 0, seconds: 900, recordingId: 1 }),
    ...recorded({ atMs: 0, seconds: 900, kind: 'battery', everyS: 20, values: battery, recordingId: 1 }),
    ...recorded({ atMs: minutes(3), seconds: 900, recorderId: phoneId, recordingId: 50 }),
    ...recorded({ atMs: minutes(15), seconds: 240, values: standing, recordingId: 1 }),
    ...recorded({ atMs: minutes(19), seconds: 300, values: (s) => riding(s + 900), recordingId: 1 }),
    ...recorded({
      atMs: minutes(26),
      seconds: 60,
      kind: 'battery',
      everyS: 10,
      values: charge,
      recordingId: 1,
    }),
    ...recorded({ atMs: minutes(30), seconds: 300, recordingId: 1 }),
    ...recorded({ atMs: minutes(37), seconds: 400, recordingId: 2 }),
    ...recorded({ atMs: minutes(70), seconds: 500, recordingId: 3 }),
  ]
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

const seeds = Array.from({ length: 24 }, (_, n) => n)

/** The samples in tracks of some length, in some order; some tracks come again, and some samples again in other tracks. */
function deliveryOf(bikeId: string, samples: readonly RideSample[], random: Random): Uint8Array[] {
  const most = () => random.pick([7, 13, 31, 60, 10_000])
  const tracks = tracksOf(bikeId, samples, most())
  const again = tracks.filter(() => random.chance(0.2))
  const from = random.integer(0, samples.length - 1)
  return shuffled([...tracks, ...again, ...tracksOf(bikeId, samples.slice(from, from + 80), most())], random)
}

test('any order, chunks, repeats, replays and late pieces of the same samples end in the same rides, ids included', async () => {
  const samples = morning()
  const deliveries = await Promise.all(
    seeds.map(async (seed) => {
      const bikeId = await newBike()
      const pieces = deliveryOf(bikeId, samples, createRandom(seed))
      return { bikeId, pieces, late: Math.ceil((pieces.length * (seed % 4)) / 4) }
    }),
  )
  const expected = comparable(ridesOf(samples, ownedBy(deliveries[0]?.bikeId as string)))
  expect(expected.map(({ end }) => end)).toEqual(['rest', 'charging', 'recording', 'rest', 'rest'])
  const rides = async () =>
    new Map(
      await Promise.all(
        deliveries.map(async ({ bikeId }, n) => [seeds[n], comparable(await ridesNow(bikeId))] as const),
      ),
    )
  const asExpected = new Map(seeds.map((seed) => [seed, expected]))

  // A quarter, half or three quarters of the pieces come when the others were read.
  for (const { bikeId, pieces, late } of deliveries) await environment.send(bikeId, pieces.slice(late))
  const found = async () => [...(await rides()).values()].filter((each) => each.length > 0).length
  await expect.poll(found, { interval: 300 }).toBe(seeds.length)
  for (const { bikeId, pieces, late } of deliveries) await environment.send(bikeId, pieces.slice(0, late))
  await expect.poll(rides, { interval: 500 }).toEqual(asExpected)
  environment.startMarker('replay')
  const marked = () => environment.sql`select mark_id from ride_marks limit 1`
  await expect.poll(marked, { interval: 20 }).not.toEqual([])
  await environment.settled()
  expect(await rides()).toEqual(asExpected)
}, 360_000)

test('a topic that is read again changes no ride, and tells nobody', async () => {
  const bikeId = await newBike()
  await environment.send(bikeId, tracksOf(bikeId, morning(), 300))
  await expect.poll(() => ridesNow(bikeId)).toHaveLength(5)
  await environment.settled()
  const before = await ridesNow(bikeId)
  await environment.sql`delete from ride_changes`
  environment.startMarker('again')
  const marked = () => environment.sql`select mark_id from ride_marks where bike_id = ${bikeId}`
  await expect.poll(marked, { interval: 20 }).not.toEqual([])
  await environment.settled()
  expect(await ridesNow(bikeId)).toEqual(before)
  expect(await environment.sql`select bike_id from ride_changes`).toEqual([])
})

test('a late piece joins two rides, and the id of the second one leads to the ride that covers its moment', async () => {
  const bikeId = await newBike()
  const piece = (atMinute: number, forMinutes: number) =>
    recorded({ atMs: minutes(atMinute), seconds: forMinutes * 60 })
  await environment.send(bikeId, tracksOf(bikeId, [...piece(0, 10), ...piece(25, 10)], 300))
  await expect.poll(() => ridesNow(bikeId)).toHaveLength(2)
  const [first, second] = (await ridesNow(bikeId)) as [Ride, Ride]

  await environment.send(bikeId, tracksOf(bikeId, piece(10, 14), 300))
  await expect.poll(() => ridesNow(bikeId)).toHaveLength(1)
  const [joined] = (await ridesNow(bikeId)) as [Ride]
  expect(joined).toMatchObject({ rideId: first.rideId, fromMs: first.fromMs, untilMs: second.untilMs })
  expect(await environment.reader.covering({ riderId: 'anna', bikeId, atMs: second.fromMs })).toEqual(joined)
  expect(await environment.reader.covering({ riderId: 'ben', bikeId, atMs: second.fromMs })).toBeUndefined()
})

test('rides of a former owner stay his; what is found later goes to whom the bike belonged then', async () => {
  const bikeId = await newBike()
  const ride = (atMinute: number) => recorded({ atMs: minutes(atMinute), seconds: 300 })
  await environment.send(bikeId, tracksOf(bikeId, [...ride(0), ...ride(60)], 300))
  const owners = async () => (await ridesNow(bikeId)).map(({ riderId }) => riderId)
  await expect.poll(owners).toEqual(['anna', 'anna'])
  const ownedFrom = new Date(startMs + minutes(30))
  await registerBikes(environment.sql, [{ bikeId, riderId: 'ben', producedAt, ownedFrom }])
  await expect.poll(owners).toEqual(['anna', 'ben'])
  await environment.send(bikeId, tracksOf(bikeId, ride(-30), 300))
  await expect.poll(owners).toEqual(['anna', 'anna', 'ben'])
  const [newest] = await environment.reader.ridesOf({ riderId: 'anna', bikeId, limit: 1 })
  expect(newest?.fromMs).toBe(startMs)
  const older = await environment.reader.ridesOf({ riderId: 'anna', bikeId, after: newest, limit: 5 })
  expect(older.map(({ fromMs }) => fromMs)).toEqual([startMs - minutes(30)])
})

test('erased samples part a ride', async () => {
  const bikeId = await newBike()
  await environment.send(bikeId, tracksOf(bikeId, recorded({ atMs: 0, seconds: 2_400 }), 300))
  await expect.poll(() => ridesNow(bikeId)).toHaveLength(1)
  await environment.settled()
  const window = { bikeId, fromMs: startMs + minutes(10), untilMs: startMs + minutes(25) }
  await environment.erase(window)
  const nothing = { movedAtMs: undefined, chargedAtMs: undefined, recording: undefined, samples: 0 }
  await environment.store.mark([{ ...window, ...nothing, markId: randomUUID() }])
  await expect.poll(() => ridesNow(bikeId)).toHaveLength(2)
})
