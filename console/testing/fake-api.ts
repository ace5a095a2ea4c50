// An API with fixed answers, so that pages can be seen and tested without engines.
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { fakeDecisions } from './fake-decisions.ts'
import { rides, streamsOf } from './rides.ts'

export const bikeIds = [
  '0b5f8f3e-7c1d-4a53-9a7e-3f1f0f6b2c11',
  '5b0e6a52-1d0f-4b7c-8d53-1f2f5c9a7e22',
] as const

const iso = (ms: number) => new Date(ms).toISOString()
const stateOf = (bikeId: string, chargePct: number) => ({
  bikeId,
  presence: { online: bikeId === bikeIds[0], since: iso(Date.now() - 600_000) },
  groups: {
    battery: reading({ state_of_charge_pct: chargePct, voltage_v: 37.8, battery_temperature_c: 19 }),
    ride: reading({ speed_kmh: 0, odometer_m: 2_431_000, assist_level: 2 }),
  },
})
const reading = (values: Readonly<Record<string, number>>) => ({
  eventAt: iso(Date.now() - 10_800_000),
  receivedAt: iso(Date.now() - 10_700_000),
  values,
})

const estimate = {
  status: 'estimate',
  rangeKm: { p10: 41.2, p50: 48.9, p90: 57.6 },
  whPerKm: { p10: 7.4, p50: 8.7, p90: 10.3 },
  usableWh: 425,
  contributions: { baseWhPerKm: 8, levelPct: -6, climbPct: 14, windPct: 0, temperaturePct: 4, youPct: -3 },
  assumed: ['level', 'wind', 'temperatureC', 'massKg'],
  ridesUsed: 23,
  basis: 'personal',
  priorVersion: 'shipped-1',
}

/** Answers of a path here replace the fixed ones: what an API would answer on a bad day. */
export type Instead = Readonly<Record<string, (request: Request) => Response | Promise<Response>>>

const problem = (status: number, reason: string) =>
  Response.json({ title: reason, status, detail: `because of ${reason}`, reason }, { status })

export function createFakeApi(instead: Instead = {}): Hono {
  const api = new Hono()
  // As the API does, which takes no parameter that says nothing.
  api.use(async (c, next) =>
    Object.values(c.req.query()).includes('') ? problem(400, 'request_invalid') : next(),
  )
  api.use(async (c, next) => {
    const replaced = instead[`${c.req.method} ${c.req.path}`]
    return replaced ? replaced(c.req.raw) : next()
  })
  api.get('/openapi.json', (c) => c.json({}))
  api.get('/v1/riders/me/bikes', (c) =>
    c.json({
      bikes: [
        { bikeId: bikeIds[0], frameNumber: 'F-2025-00417', model: 'Alpina 5', now: true },
        { bikeId: bikeIds[1], frameNumber: 'C-77', now: true },
        { bikeId: 'd94a7a3c-0000-4000-8000-000000000003', frameNumber: 'SOLD-1', now: false },
      ],
    }),
  )
  api.get('/v1/bikes/:id/latest', (c) => c.json(stateOf(c.req.param('id'), 82)))
  api.get('/v1/bikes/:id/live', (c) =>
    streamSSE(c, async (stream) => {
      const data = JSON.stringify(stateOf(c.req.param('id'), 81))
      await stream.writeSSE({ event: 'state', id: '1', data })
      await stream.sleep(30_000)
    }),
  )
  api.post('/v1/bikes/:id/range', (c) =>
    c.json(
      c.req.param('id') === bikeIds[0]
        ? estimate
        : { status: 'not_enough_data', missing: ['capacity'], ridesUsed: 2, basis: 'personal' },
    ),
  )
  api.get('/v1/riders/me/rides', (c) => c.json({ rides, next: null }))
  api.get('/v1/riders/me/totals', (c) =>
    c.json({
      zone: c.req.query('zone'),
      totals: [
        {
          from: '2026-11-09',
          rides: 4,
          movingS: 11_000,
          distanceM: 61_200,
          ascentM: 540,
          energyWh: 520,
          energyDistanceM: 61_200,
        },
        {
          from: '2026-11-16',
          rides: 2,
          movingS: 5_100,
          distanceM: 24_800,
          ascentM: 210,
          energyWh: 230,
          energyDistanceM: 24_800,
        },
        {
          from: '2026-11-23',
          rides: 6,
          movingS: 17_400,
          distanceM: 98_300,
          ascentM: 1_120,
          energyWh: 850,
          energyDistanceM: 98_300,
        },
      ],
    }),
  )
  api.get('/v1/riders/me/rides/:id', (c) => {
    const ride = rides.find(({ rideId }) => rideId === c.req.param('id'))
    return ride ? c.json(ride) : problem(404, 'not_found')
  })
  api.patch('/v1/riders/me/rides/:id', async (c) => {
    const said = (await c.req.json()) as Record<string, unknown>
    return c.json({ ...rides.find(({ rideId }) => rideId === c.req.param('id')), ...said })
  })
  api.get('/v1/riders/me/rides/:id/streams', (c) =>
    c.json(streamsOf(c.req.query('resolution') === 'all' ? 100_000 : 1_000)),
  )
  api.get('/v1/riders/me/rides/:id/files/:format', (c) =>
    c.body('a file', 200, {
      'content-type': 'application/gpx+xml',
      'content-disposition': `attachment; filename="ride.${c.req.param('format')}"`,
    }),
  )
  // As a connection that breaks.
  api.onError((error) => {
    throw error
  })
  api.route('/', fakeDecisions(bikeIds[0]))
  api.notFound(() => problem(404, 'not_found'))
  return api
}
