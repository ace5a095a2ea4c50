// Wrong clocks and repeats on their way through the whole platform, seen through the API as a rider sees it.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { sealUpload } from '../../client/index.ts'
import { countDocuments, until } from '../../testkit/platform/observe.ts'
import { openTestPlatform, type Rider, type TestPlatform } from '../../testkit/platform/platform.ts'
import { type DeviceClock, rideTrack, rightClock } from '../../testkit/platform/rides.ts'

interface UploadBooks {
  readonly settled: boolean
  readonly totals: Readonly<Record<string, unknown>>
}

interface Latest {
  readonly groups: { readonly ride?: { readonly eventAt: string } }
}

const days = 86_400_000
const minute = 60_000

let platform: TestPlatform
let rider: Rider

beforeAll(async () => {
  platform = await openTestPlatform({ engines: inject('engines'), onProgress: () => undefined })
  rider = await platform.newRider({ bikes: 4, consents: true })
})
afterAll(() => platform?.close())

test('a clock that is fast and cannot be corrected never freezes the latest state', async () => {
  const [bikeId = ''] = rider.bikeIds
  const recorderId = randomUUID()
  const startMs = Date.now() - 20 * minute
  const ride = { bikeId, recorderId, samples: 60 }
  const fast: DeviceClock = { ...rightClock, wrongByMs: 3 * days }
  // Recorded before a restart and under another epoch than the attempt: no evidence tells how wrong the clock was.
  const track = rideTrack({ ...ride, startMs, clock: fast })
  const lost = { ...track, clock: { bootId: 99, clockEpoch: 7 } }
  const future = await platform.upload(rider, [lost])
  expect((await settled(future.uploadId)).totals).toMatchObject({
    accepted: 60,
    normalize: { clean: 0, quarantined: 60, reasons: { event_in_future: 60 } },
  })
  const right = await platform.upload(rider, [rideTrack({ ...ride, startMs: startMs + 5 * minute })])
  await settled(right.uploadId)
  expect(await latestRideMs(bikeId)).toBe(startMs + 5 * minute + 59_000)
})

test('a fast clock that can be corrected shows the true time', async () => {
  const [, bikeId = ''] = rider.bikeIds
  const startMs = Date.now() - 20 * minute
  const fast: DeviceClock = { ...rightClock, wrongByMs: 3 * days }
  const track = rideTrack({ bikeId, recorderId: randomUUID(), startMs, samples: 60, clock: fast })
  await settled((await platform.upload(rider, [track], fast)).uploadId)
  expect(Math.abs((await latestRideMs(bikeId)) - (startMs + 59_000))).toBeLessThan(10_000)
})

test('a repeated upload settles with balanced books and stores nothing twice', async () => {
  const [, , bikeId = ''] = rider.bikeIds
  const before = await countDocuments(platform, rider)
  const track = rideTrack({ bikeId, recorderId: randomUUID(), startMs: Date.UTC(2023, 10, 12), samples: 100 })
  const upload = sealUpload({ tracks: [track] })
  await platform.send(rider, upload)
  await settled(upload.uploadId)
  await platform.send(rider, upload)
  const { totals } = await settled(upload.uploadId, 200)
  expect(totals).toMatchObject({
    accepted: 200,
    normalize: { clean: 200, quarantined: 0 },
    search: { stored: 100, duplicate: 100, quarantined: 0 },
    latest: { merged: 200 },
    analytics: { delivered: 100, withheld: 0 },
  })
  expect(await countDocuments(platform, rider)).toBe(before + 100)
})

async function settled(uploadId: string, accepted = 1): Promise<UploadBooks> {
  let books: UploadBooks | undefined
  await until(`upload ${uploadId} settles`, async () => {
    books = (await platform.read(rider, `/v1/uploads/${uploadId}`).catch(() => undefined)) as
      | UploadBooks
      | undefined
    return books?.settled === true && Number(books.totals.accepted) >= accepted
  })
  return books as UploadBooks
}

async function latestRideMs(bikeId: string): Promise<number> {
  const { groups } = (await platform.read(rider, `/v1/bikes/${bikeId}/latest`)) as Latest
  return Date.parse(groups.ride?.eventAt ?? '')
}
