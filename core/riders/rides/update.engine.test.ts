// An update to rides with compact summaries: what the version before kept stays readable, and is found again.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEarlierDatabase } from '../../../testkit/engines.ts'
import { migrate } from '../../engines/postgres/client/migrate.ts'
import { createLatestStore } from '../../engines/postgres/telemetry/latest-store.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { ridesOf } from './plan.ts'
import type { Ride } from './port.ts'
import { openRidesEnvironment, type RidesEnvironment } from './testing/environment.ts'
import { minutes, recorded } from './testing/samples.ts'
import { tracksOf } from './testing/tracks.ts'

let environment: RidesEnvironment
beforeAll(async () => {
  environment = await openRidesEnvironment({ database: createEarlierDatabase('0024_ride_notes.sql') })
})
afterAll(() => environment.close(), 60_000)

const always = { fromMs: 0, untilMs: Date.UTC(2100, 0) }
const samples = recorded({ atMs: 0, seconds: 900, everyS: 10, recordingId: 7 })
const producedAt = new Date('2025-01-01T00:00:00Z')

/** A bike with stored samples. */
async function bikeWithSamples(): Promise<string> {
  const bikeId = randomUUID()
  await registerBikes(environment.sql, [{ bikeId, riderId: 'anna', producedAt }])
  const [eventAtMs, trackId, recorderId] = [samples[0]?.timeMs as number, randomUUID(), randomUUID()]
  await createLatestStore(environment.sql).merge([
    { bikeId, group: 'position', eventAtMs, receivedAtMs: eventAtMs, recorderId, trackId, values: {} },
  ])
  await environment.send(bikeId, tracksOf(bikeId, samples, 300))
  const first = () => environment.samples.first({ bikeId, ...always })
  await expect.poll(first, { interval: 100 }).toBe(eventAtMs)
  return bikeId
}

/** As the version before wrote it. */
const insert = ({ rideId, bikeId, riderId, end, summary, ...ride }: Ride) => environment.sql`
  insert into rides (bike_id, from_at, until_at, closes_at, rider_id, ended_by, summary, ride_id)
  select ${bikeId}, from_ms(${ride.fromMs}), from_ms(${ride.untilMs}), from_ms(${ride.closesAtMs}), ${riderId}, ${end},
    ${environment.sql.json(JSON.parse(JSON.stringify(summary)))}, ${rideId}`

test('an update leaves every ride readable, finds it again under its id, and finds rides of what was stored before', async () => {
  const { sql, store, reader } = environment
  await sql`create function from_ms(ms float8) returns timestamptz language sql as 'select to_timestamp(ms / 1000)'`
  const [known, unknown] = [await bikeWithSamples(), await bikeWithSamples()]
  const expected = (bikeId: string) =>
    ridesOf(samples, {
      ...{ bikeId, moduleIds: [] },
      owners: [{ riderId: 'anna', fromMs: 0, untilMs: Number.POSITIVE_INFINITY }],
    })
  const [ride] = expected(known) as [Ride]
  const gone = { ...ride, rideId: `${known}-000000000001`, fromMs: 1, untilMs: 2, closesAtMs: 3 }
  await insert(ride)
  await insert(gone)
  await sql`delete from rides where ride_id = ${gone.rideId}`

  expect(await migrate(sql)).toContain('0025_compact_rides.sql')
  expect(await store.ridesBetween(known, always)).toEqual([ride])
  expect(await reader.ridesOf({ riderId: 'anna', limit: 5 })).toEqual([ride])
  expect(await reader.covering({ riderId: 'anna', bikeId: known, atMs: ride.fromMs + minutes(3) })).toEqual(
    ride,
  )
  const changes = () =>
    sql`select bike_id, epoch_ms(from_at) as "fromMs" from ride_changes order by from_at, bike_id`
  expect(await changes()).toEqual([{ bike_id: known, fromMs: 1 }])

  environment.startFinder()
  await environment.settled()
  expect(await store.ridesBetween(known, always)).toEqual([ride])
  expect(await store.ridesBetween(unknown, always)).toEqual(expected(unknown))
  expect(await sql`select bike_id from rides where summary is null`).toEqual([])
  expect((await changes()).map(({ fromMs }) => fromMs)).toEqual([1, ride.fromMs, ride.fromMs])
})
