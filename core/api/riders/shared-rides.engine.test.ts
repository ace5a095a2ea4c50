// Rides for third parties, over the real grants; rides and samples are of this test.
import { randomUUID } from 'node:crypto'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { rideIdOf } from '../../../proto/codec/ride-id.ts'
import { createTestDatabase } from '../../../testkit/engines.ts'
import type { Sample } from '../../engines/elasticsearch/port.ts'
import type { Sql } from '../../engines/postgres/client/connect.ts'
import { createLatestStore } from '../../engines/postgres/telemetry/latest-store.ts'
import { registerBikes } from '../../fleet/registry/stores.ts'
import { placeAt } from '../../riders/own-data/privacy-zones.ts'
import type { Ride } from '../../riders/rides/port.ts'
import type { ApiStores } from '../port.ts'
import { createAsker } from '../testing/ask.ts'

let sql: Sql
let ask: ReturnType<typeof createAsker>
let bikeId: string
let rides: Ride[]

const insurer = 'insurer third_party'
const minuteMs = 60_000
const startMs = Date.parse('2026-03-01T10:00:00Z')
const home = { latitudeDeg: 47, longitudeDeg: 8, radiusM: 200 }
const until = new Date(Date.now() + 86_400_000).toISOString()
const allRides = new Date(0).toISOString()

/** Five minutes straight away from home, 7 m a second. */
function ride(fromMs: number): Ride {
  const untilMs = fromMs + 5 * minuteMs
  return {
    ...{ rideId: rideIdOf({ bikeId, fromMs }), bikeId, riderId: 'anna', fromMs, untilMs, end: 'charging' },
    closesAtMs: untilMs,
    summary: {
      ...{ movingS: 300, standingS: 0, unrecordedS: 0, pauses: 0, stops: 0, gaps: [], distanceM: 2_100 },
      ...{ energyCoverage: 0, assistShares: [], clockRules: ['none'], recorderIds: [bikeId], recordings: [] },
      samples: 301,
    },
  }
}

const stores: Partial<ApiStores> = {
  rides: {
    ridesOf: async ({ riderId, bikeId, fromMs = 0, after, limit }) =>
      rides
        .filter((one) => one.riderId === riderId && one.bikeId === bikeId && one.fromMs >= fromMs)
        .filter((one) => after === undefined || one.fromMs < after.fromMs)
        .slice(0, limit),
    covering: async ({ riderId, bikeId, atMs }) =>
      rides.find(
        (one) =>
          one.riderId === riderId && one.bikeId === bikeId && atMs >= one.fromMs && atMs <= one.untilMs,
      ),
  },
  async readSamples({ fromMs, toMs }) {
    const seconds = Array.from({ length: Math.ceil((toMs - fromMs) / 1_000) }, (_, second) => second)
    return { samples: seconds.map((second) => sampleAt(fromMs, second)) }
  },
}

function sampleAt(fromMs: number, second: number): Sample {
  const timeMs = fromMs + second * 1_000
  const { latitudeDeg, longitudeDeg } = placeAt(home, second * 7, 1)
  return {
    ...{ timeMs, kind: 'ride', recorderId: bikeId },
    values: {
      latitude_deg: latitudeDeg,
      longitude_deg: longitudeDeg,
      speed_kmh: 25.2,
      odometer_m: second * 7,
    },
    provenance: { recordedAtMs: timeMs, receivedAtMs: timeMs, rule: 'none', offsetMs: 0 },
  }
}

beforeAll(async () => {
  const database = await createTestDatabase()
  sql = database.sql
  ask = createAsker(sql, stores)
  return database.drop
})
beforeEach(async () => {
  bikeId = randomUUID()
  await registerBikes(sql, [{ bikeId, riderId: 'anna', producedAt: new Date('2026-01-01') }])
  await sql`delete from privacy_zones`
  rides = [ride(startMs + 60 * minuteMs), ride(startMs)]
})

const read = (path = '', as = insurer) => ask(`/v1/third-parties/me/bikes/${bikeId}/rides${path}`, { as })
async function give(more: object = {}): Promise<string> {
  const { body } = await ask(`/v1/riders/me/bikes/${bikeId}/grants`, {
    body: { to: 'insurer', scopes: ['rides'], until, ridesFrom: allRides, ...more },
  })
  return body.grantId
}
const zones = (...zones: object[]) => ask('/v1/riders/me/privacy-zones', { method: 'PUT', body: { zones } })
const refused = { status: 403, body: { reason: 'grant_missing' } }
const firstId = async () => (await read()).body.rides.at(-1).rideId as string

test('without a grant, with one of another scope or bike, and after its end all is refused, and no list is empty', async () => {
  const everywhere = async (rideId = 'a'.repeat(32)) => {
    for (const path of ['', `/${rideId}`, `/${rideId}/streams`, `/${rideId}/files/gpx`])
      expect(await read(path)).toMatchObject(refused)
  }
  await everywhere()
  await give({ scopes: ['state'] })
  await everywhere()
  expect((await read('', 'insurer')).status).toBe(403)

  const grantId = await give()
  const rideId = await firstId()
  expect((await read(`/${rideId}`)).status).toBe(200)
  expect(await read(`/${rideId}`, 'other third_party')).toMatchObject(refused)
  await ask(`/v1/riders/me/bikes/${bikeId}/grants/${grantId}`, { method: 'DELETE' })
  await everywhere(rideId)

  await give()
  await sql`update bike_grants set valid_until = clock_timestamp() where bike_id = ${bikeId}`
  await everywhere(rideId)
  await give()
  await sql`update ownerships set owned = tstzrange(lower(owned), clock_timestamp()) where bike_id = ${bikeId}`
  await everywhere(rideId)
})

test('rides since the grant’s time are listed page by page, without what the rider hid or did not ride', async () => {
  await give()
  const first = (await read('?limit=1')).body
  expect(first.rides).toMatchObject([
    { bikeId, from: '2026-03-01T11:00:00.000Z', summary: { distanceM: 2_100 } },
  ])
  const second = (await read(`?limit=1&cursor=${first.next}`)).body
  expect(second.rides).toMatchObject([{ from: '2026-03-01T10:00:00.000Z' }])
  expect((await read(`?limit=1&cursor=${second.next}`)).body).toEqual({ rides: [], next: null })
  expect((await read(`?cursor=${'a'.repeat(32)}`)).status).toBe(400)

  await sql`
    insert into ride_notes (rider_id, bike_id, at, hidden, not_me)
    values ('anna', ${bikeId}, ${new Date(startMs)}, true, false), ('anna', ${bikeId}, ${new Date(startMs + 60 * minuteMs)}, false, true)`
  expect((await read()).body).toEqual({ rides: [], next: null })
  expect((await read(`/${second.rides[0].rideId}`)).status).toBe(404)
})

test('a grant opens rides from its own time on, unless the rider says otherwise', async () => {
  await give({ ridesFrom: undefined })
  rides = [ride(Date.now() + minuteMs), ...rides]
  expect((await read()).body.rides).toHaveLength(1)
  await give({ ridesFrom: new Date(startMs + 1).toISOString() })
  expect((await read()).body.rides).toHaveLength(2)
})

test('ids are of one grant, and an old one leads to the ride that covers its moment', async () => {
  await give()
  const rideId = await firstId()
  expect(rideId).toMatch(/^[0-9a-f]{32}$/)
  await ask(`/v1/riders/me/bikes/${bikeId}/grants`, {
    body: { to: 'workshop', scopes: ['rides'], until, ridesFrom: allRides },
  })
  const others = (await read('', 'workshop third_party')).body.rides
  expect(others.map((one: { rideId: string }) => one.rideId)).not.toContain(rideId)
  expect((await read(`/${rideId}`, 'workshop third_party')).status).toBe(404)

  rides = [ride(startMs - minuteMs)]
  const moved = await read(`/${rideId}/streams?resolution=low`)
  expect([moved.status, moved.headers.get('location')]).toEqual([
    308,
    `/v1/third-parties/me/bikes/${bikeId}/rides/${await firstId()}/streams?resolution=low`,
  ])
})

test('nothing tells what was ridden within a privacy zone: no time, no metre, no row and no name of a file', async () => {
  await give()
  const rideId = await firstId()
  const whole = await read(`/${rideId}/streams?resolution=all`)
  expect(whole.body.times[0]).toBe(startMs)
  await zones(home)

  const { body: listed } = await read('?limit=20')
  const { body: one } = await read(`/${rideId}`)
  expect(listed.rides[1]).toEqual(one)
  const { body: streams } = await read(`/${rideId}/streams?resolution=all&metrics=odometer_m`)
  const shownMs = streams.times[0]
  expect(shownMs).toBeGreaterThan(startMs + 5_000)
  expect(Date.parse(one.from)).toBe(shownMs)
  expect(streams.columns.odometer_m[0]).toBe(0)
  expect(one.summary.distanceM).toBe(streams.columns.odometer_m.at(-1))
  expect(Object.keys(one).sort()).toEqual(['bikeId', 'from', 'rideId', 'summary', 'until'])

  const file = await read(`/${rideId}/files/csv`)
  expect(file.text.split('\r\n')[1]).toContain(new Date(shownMs).toISOString())
  expect(file.headers.get('content-disposition')).toBe(`attachment; filename="ride-${rideId}.csv"`)
  const own = await ask(
    `/v1/riders/me/rides/${rideIdOf({ bikeId, fromMs: startMs })}/files/gpx?shared=true`,
    {},
  )
  expect(own.headers.get('content-disposition')).toBe('attachment; filename="ride.gpx"')
  expect(own.text).toContain(`<name>Ride ${new Date(shownMs).toISOString()}</name>`)

  // All of the ride lies within.
  const circles = [0, 300, 600, 900, 1_200, 1_500, 1_800, 2_100].map((m) => placeAt(home, m, 1))
  await zones(...circles.map((place) => ({ ...place, radiusM: 1_000 })))
  expect((await read()).body.rides).toEqual([])
  expect((await read(`/${rideId}`)).status).toBe(404)
})

test('a state grant shows nothing while the bike is within a zone, also one that was just made, and else no odometer', async () => {
  await give({ scopes: ['state'] })
  const at = { bikeId, recorderId: bikeId, trackId: randomUUID(), eventAtMs: startMs, receivedAtMs: startMs }
  await createLatestStore(sql).merge([
    { ...at, group: 'battery', values: { state_of_charge_pct: 80 } },
    { ...at, group: 'position', values: { latitude_deg: 47, longitude_deg: 8 } },
    { ...at, group: 'ride', values: { speed_kmh: 20, odometer_m: 900 } },
  ])
  const latest = async (as = insurer) => (await ask(`/v1/bikes/${bikeId}/latest`, { as })).body.groups
  expect((await latest()).ride.values).toEqual({ speed_kmh: 20, odometer_m: 900 })
  await zones({ ...home, latitudeDeg: 48 })
  expect((await latest()).ride.values).toEqual({ speed_kmh: 20 })
  expect((await latest()).position.values).toEqual({ latitude_deg: 47, longitude_deg: 8 })
  await zones(home)
  expect(await latest()).toEqual({})
  expect(Object.keys(await latest('anna'))).toHaveLength(3)
})
