// Rides, what is made of them, and estimates, as riders ask for them; the stores are of this test.
import { pino } from 'pino'
import { beforeEach, expect, test } from 'vitest'
import { rideIdOf } from '../../../proto/codec/ride-id.ts'
import { noSettings } from '../../devices/settings/plan.ts'
import type { Sample } from '../../engines/elasticsearch/port.ts'
import { shippedPrior } from '../../riders/estimates/shipped-prior.ts'
import type { PrivacyZone } from '../../riders/own-data/port.ts'
import type { RideNote } from '../../riders/rides/notes-port.ts'
import type { Ride } from '../../riders/rides/port.ts'
import { createApi } from '../app.ts'
import { createApiMetrics } from '../metrics.ts'
import type { ApiStores } from '../port.ts'
import { authenticateByName } from '../testing/callers.ts'
import { type Contract, expectContract } from '../testing/contract.ts'

const bikeId = '5b0c6a1e-0000-4000-8000-00000000000b'
const recorderId = '5b0c6a1e-0000-4000-8000-00000000000c'
const minuteMs = 60_000
const startMs = Date.parse('2026-03-01T10:00:00Z')

let rides: Ride[]
let notes: (RideNote & { riderId: string })[]
let zones: PrivacyZone[]
let charge: number | undefined

function ride(fromMs: number, minutes = 10, more: Partial<Ride['summary']> = {}): Ride {
  const untilMs = fromMs + minutes * minuteMs
  return {
    ...{ rideId: rideIdOf({ bikeId, fromMs }), bikeId, riderId: 'anna', fromMs, untilMs, end: 'rest' },
    closesAtMs: untilMs + 10 * minuteMs,
    summary: {
      ...{ movingS: minutes * 60, standingS: 0, unrecordedS: 0, pauses: 0, stops: 1, gaps: [] },
      ...{ distanceM: minutes * 400, distanceFrom: 'odometer', ascentM: 20, energyWh: minutes * 4 },
      ...{ energyCoverage: 1, whPerKm: 10, assistShares: [{ level: 3, share: 1 }], clockRules: ['none'] },
      ...{
        recorderIds: [recorderId],
        recordings: [],
        samples: minutes * 60,
        chargeStartPct: 80,
        chargeEndPct: 75,
        ...more,
      },
    },
  }
}

/** One a second, northwards, out of a zone around the start. */
const sampleAt = (timeMs: number): Sample => ({
  ...{ timeMs, kind: 'ride', recorderId },
  values: { latitude_deg: 47 + ((timeMs - startMs) / 1_000) * 0.0001, longitude_deg: 8, speed_kmh: 24 },
  provenance: { recordedAtMs: timeMs, receivedAtMs: timeMs, rule: 'none', offsetMs: 0 },
})

beforeEach(() => {
  rides = [ride(startMs + 2 * 60 * minuteMs), ride(startMs)]
  notes = []
  zones = []
  charge = 50
})

const stores: Partial<ApiStores> = {
  rides: {
    async ridesOf({ riderId, after, limit, fromMs = 0, untilMs = Number.POSITIVE_INFINITY }) {
      const found = rides.filter(
        (one) => one.riderId === riderId && one.fromMs >= fromMs && one.fromMs < untilMs,
      )
      return found.filter((one) => after === undefined || one.fromMs < after.fromMs).slice(0, limit)
    },
    covering: async ({ riderId, atMs, ...of }) =>
      rides
        .toReversed()
        .find(
          (one) =>
            one.riderId === riderId && one.bikeId === of.bikeId && atMs >= one.fromMs && atMs <= one.untilMs,
        ),
  },
  rideNotes: {
    notesOf: async ({ riderId }) => notes.filter((note) => note.riderId === riderId),
    put: async (note) => void notes.push({ ...note, changedAtMs: notes.length + 1 }),
  },
  privacyZones: {
    of: async () => ({ zones, key: new Uint8Array(32) }),
    async replace(_, replaced) {
      zones = [...replaced]
    },
  },
  modulesOf: async () => [],
  readSamples: async ({ fromMs, toMs, cursor }) => {
    const all = Array.from({ length: 601 }, (_, s) => startMs + s * 1_000)
    const asked = all.filter((at) => at >= fromMs && at < toMs)
    const from = Number(cursor ?? 0)
    const samples = asked.slice(from, from + 250).map(sampleAt)
    return from + 250 < asked.length ? { samples, next: String(from + 250) } : { samples }
  },
  ownershipsOf: async (_, riderId) =>
    riderId === 'anna' ? [{ fromMs: 0, untilMs: Number.POSITIVE_INFINITY, now: true }] : [],
  currentPrior: async () => shippedPrior,
  settings: { of: async () => noSettings, wish: async () => ({ outcome: 'contested' }) },
  latestOf: async () =>
    charge === undefined
      ? []
      : [
          {
            group: 'battery',
            eventAtMs: startMs,
            receivedAtMs: startMs,
            values: { state_of_charge_pct: charge },
          },
        ],
}
const api = createApi({
  authenticate: authenticateByName,
  stores: stores as ApiStores,
  ...{ metrics: createApiMetrics(), log: pino({ level: 'error' }), stopping: new AbortController().signal },
})
const contract = (await (await api.request('/openapi.json')).json()) as Contract

async function ask(path: string, { as = 'anna', method = 'GET', body = undefined as unknown } = {}) {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await api.request(path, { method, headers: { authorization: as }, ...sent })
  const { status, headers } = response
  const isJson = headers.get('content-type')?.includes('json') && !(response.ok && path.includes('/files/'))
  const answered = isJson ? await response.json() : await response.text()
  const [pathname = ''] = path.split('?')
  if (response.ok && isJson) expectContract(contract, { method, path: pathname, status, body: answered })
  return { status, headers, body: answered }
}
const mine = '/v1/riders/me/rides'
const idOf = (n: number) => rides[n]?.rideId as string

test('rides are listed newest first, page by page', async () => {
  const first = await ask(`${mine}?limit=1`)
  expect(first.body).toMatchObject({ rides: [{ rideId: idOf(0), open: false, name: null }], next: idOf(0) })
  const second = await ask(`${mine}?limit=1&cursor=${first.body.next}`)
  expect(second.body.rides).toMatchObject([{ rideId: idOf(1) }])
  expect((await ask(`${mine}?limit=1&cursor=${second.body.next}`)).body).toEqual({ rides: [], next: null })
  expect((await ask(mine, { as: 'ben' })).body).toEqual({ rides: [], next: null })
  expect((await ask(`${mine}?cursor=x`)).status).toBe(400)
})

test('an id of earlier leads to the ride that covers its moment now, with the same question', async () => {
  const { rideId } = ride(startMs + minuteMs)
  const { status, headers } = await ask(`${mine}/${rideId}/streams?resolution=low`)
  expect([status, headers.get('location')]).toEqual([308, `${mine}/${idOf(1)}/streams?resolution=low`])
  expect((await ask(`${mine}/${rideId}`, { as: 'ben' })).status).toBe(404)
  expect((await ask(`${mine}/${ride(startMs - 1).rideId}`)).status).toBe(404)
  expect((await ask(`${mine}/yesterday`)).status).toBe(400)
})

test('what a rider says of a ride stays when another beginning is put before it', async () => {
  const said = { name: 'To work', hidden: true }
  expect((await ask(`${mine}/${idOf(1)}`, { method: 'PATCH', body: said })).body).toMatchObject(said)
  expect((await ask(mine)).body.rides).toMatchObject([{ rideId: idOf(0) }])
  expect((await ask(`${mine}?hidden=true`)).body.rides).toHaveLength(2)

  rides = [rides[0] as Ride, ride(startMs - 5 * minuteMs, 15)]
  expect((await ask(`${mine}/${idOf(1)}`)).body).toMatchObject({ ...said, notMe: false })
  await ask(`${mine}/${idOf(1)}`, { method: 'PATCH', body: { name: null, notMe: true } })
  expect((await ask(`${mine}/${idOf(1)}`)).body).toMatchObject({ name: null, hidden: true, notMe: true })
  for (const wrong of [{ name: '' }, { name: 'x'.repeat(201) }, { hidden: 1 }, { title: 'x' }])
    expect((await ask(`${mine}/${idOf(1)}`, { method: 'PATCH', body: wrong })).status).toBe(400)
})

test('streams have the chosen metrics at the chosen resolution', async () => {
  const all = await ask(`${mine}/${idOf(1)}/streams?resolution=all`)
  expect(all.body.times).toHaveLength(601)
  expect(Object.keys(all.body.columns)).toEqual(['latitude_deg', 'longitude_deg', 'speed_kmh'])
  const { body } = await ask(`${mine}/${idOf(1)}/streams?resolution=low&metrics=speed_kmh,motor_power_w`)
  expect(body.times.length).toBeLessThanOrEqual(100)
  expect(Object.keys(body.columns)).toEqual(['speed_kmh'])
  expect(body.columns.speed_kmh).toHaveLength(body.times.length)
  expect((await ask(`${mine}/${idOf(1)}/streams?metrics=mood`)).status).toBe(400)
})

test.each([
  ['gpx', '<gpx'],
  ['geojson', '"LineString"'],
  ['csv', 'latitude_deg'],
  ['json', '"columns"'],
  ['fit', '.FIT'],
])('a ride as %s', async (format, has) => {
  const { status, body, headers } = await ask(`${mine}/${idOf(1)}/files/${format}`)
  expect([status, headers.get('content-disposition')]).toEqual([
    200,
    `attachment; filename="ride-${idOf(1)}.${format}"`,
  ])
  expect(body).toContain(has)
})

test('a shared file has nothing from within a privacy zone, and where all lies within there is none', async () => {
  const put = (radiusM: number) =>
    ask('/v1/riders/me/privacy-zones', {
      ...{ method: 'PUT', body: { zones: [{ latitudeDeg: 47, longitudeDeg: 8, radiusM }] } },
    })
  expect((await put(500)).status).toBe(200)
  expect((await ask('/v1/riders/me/privacy-zones')).body.zones).toHaveLength(1)
  const points = async (more: string) =>
    ((await ask(`${mine}/${idOf(1)}/files/gpx${more}`)).body as string).split('<trkpt').length - 1
  expect(await points('')).toBe(601)
  expect(await points('?shared=true')).toBeLessThan(601)
  expect((await put(150)).status).toBe(400)

  rides = [ride(startMs, 0)]
  expect((await ask(`${mine}/${idOf(0)}/files/gpx?shared=true`)).body).toMatchObject({
    reason: 'nothing_to_show',
  })
})

test('totals leave out what somebody else rode', async () => {
  const { body } = await ask('/v1/riders/me/totals?by=day&zone=Asia/Tokyo')
  expect(body).toMatchObject({ totals: [{ from: '2026-03-01', rides: 2, distanceM: 8_000 }] })
  await ask(`${mine}/${idOf(0)}`, { method: 'PATCH', body: { notMe: true } })
  expect((await ask('/v1/riders/me/totals')).body.totals).toMatchObject([{ from: '2026-03-01', rides: 1 }])
  expect((await ask('/v1/riders/me/totals?zone=Mars/Olympus')).status).toBe(400)
})

const range = (body: object = {}, as = 'anna') =>
  ask(`/v1/bikes/${bikeId}/range`, { as, method: 'POST', body })
/** Northwards, a point each 100 m. */
const line = (points: number) => ({
  type: 'LineString',
  coordinates: Array.from({ length: points }, (_, n) => [8, 47 + n * 0.0009, 400]),
})

test('the range learns from the rider’s own rides, and says what it rests on', async () => {
  const before = await range({ capacityWh: 500 })
  expect(before.body).toMatchObject({ status: 'estimate', basis: 'personal', ridesUsed: 2 })
  expect(before.body.rangeKm.p10).toBeLessThan(before.body.rangeKm.p90)
  await ask(`${mine}/${idOf(0)}`, { method: 'PATCH', body: { notMe: true } })
  expect((await range({ capacityWh: 500 })).body).toMatchObject({ ridesUsed: 1 })
  rides = []
  expect((await range({ capacityWh: 500 })).body).toMatchObject({ basis: 'population', ridesUsed: 0 })
  const { body } = await range({ capacityWh: 500, route: line(100), level: 3 })
  expect(body.destination.distanceKm).toBeCloseTo(9.9, 1)
})

test.each<[string, () => void, object, object]>([
  ['a bike without a reading', () => (charge = undefined), { capacityWh: 500 }, { missing: ['charge'] }],
  ['nor a capacity', () => (charge = undefined), {}, { missing: ['charge', 'capacity'] }],
])('%s gets no range, and is told what is missing', async (_, prepare, body, answer) => {
  prepare()
  expect((await range(body)).body).toMatchObject({ status: 'not_enough_data', ...answer })
})

test.each<[string, object, number, string]>([
  [
    'a route with a hole',
    {
      type: 'LineString',
      coordinates: [
        [8, 47],
        [8, 47.01],
        [8, 48],
      ],
    },
    422,
    'before point 2',
  ],
  ['a route of one point', line(1), 422, 'fewer than two points'],
  ['an empty one', line(0), 422, 'fewer than two points'],
  ['more than 10,000 points', line(10_001), 422, 'more than 10,000'],
  ['no line', { type: 'Point', coordinates: [8, 47] }, 400, ''],
  [
    'a point off the earth',
    {
      type: 'LineString',
      coordinates: [
        [8, 97],
        [8, 47],
      ],
    },
    400,
    '',
  ],
])('%s is refused', async (_, route, status, says) => {
  const answers = [
    await range({ capacityWh: 500, route }),
    await ask('/v1/riders/me/duration', { method: 'POST', body: { bikeId, route } }),
  ]
  for (const { status: answered, body } of answers) {
    expect(answered).toBe(status)
    expect(body.detail).toContain(says)
  }
})

test('the duration of a route, moving and elapsed', async () => {
  const { status, body } = await ask('/v1/riders/me/duration', {
    ...{ method: 'POST', body: { bikeId, route: { type: 'Feature', geometry: line(200) } } },
  })
  expect([status, body.ridesUsed]).toEqual([200, 2])
  expect(body.elapsedS.p50).toBeGreaterThan(body.movingS.p50)
})

test('a bike of somebody else has neither range nor duration', async () => {
  expect((await range({}, 'ben')).status).toBe(404)
  const duration = { as: 'ben', method: 'POST', body: { bikeId, route: line(100) } }
  expect((await ask('/v1/riders/me/duration', duration)).status).toBe(404)
})
