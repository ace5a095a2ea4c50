// How far, and how long: estimates for the next ride, from the rider's own rides of the bike.
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { estimateDuration } from '../../riders/estimates/duration.ts'
import type { RouteFault, RoutePoint, routeFaults, TrainingRide } from '../../riders/estimates/port.ts'
import { estimateRange } from '../../riders/estimates/range.ts'
import { trainingRideOf } from '../../riders/estimates/training-ride.ts'
import type { ApiStores } from '../port.ts'
import { type Problem, problemResponse, refusals } from '../problem.ts'
import { idParams, json, uuid } from '../request.ts'
import { createRoutes, jsonBody } from '../routes.ts'
import { accessOfOwner, noBike } from './access.ts'
import { withWords } from './read-rides.ts'

/** A route of 10,000 points with heights, as GeoJSON. */
const mostBytes = 1_000_000
const mostRides = 300

const position = z
  .tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)])
  .rest(z.number())
  .describe('`[longitude, latitude]` or `[longitude, latitude, height in metres]`.')
const lineString = z.object({ type: z.literal('LineString'), coordinates: z.array(position) })
const route = z
  .union([lineString, z.object({ type: z.literal('Feature'), geometry: lineString })])
  .describe('A LineString of GeoJSON (RFC 7946), or a feature of one; 10,000 points at most.')

const conditions = {
  level: z.int().min(1).max(5).optional().describe('Of assistance; the usual mix where it is absent.'),
  wind: z
    .strictObject({ speedMs: z.number().min(0).max(40), fromDeg: z.number().min(0).max(360) })
    .optional()
    .describe('At 10 m, and the direction that it comes from.'),
  temperatureC: z.number().min(-40).max(60).optional(),
  massKg: z
    .number()
    .min(30)
    .max(400)
    .optional()
    .describe('Rider, bike and luggage together; as in the settings of the bike where it is absent.'),
}

const quantiles = z.object({ p10: z.number(), p50: z.number(), p90: z.number() })
const grounds = {
  ridesUsed: z.int(),
  basis: z
    .enum(['population', 'personal'])
    .describe('`population` while no ride of the rider could be used.'),
  priorVersion: z.string(),
}
const assumed = z
  .array(z.string())
  .readonly()
  .describe('Inputs that were taken from the rider’s rides, or from the population.')

const range = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('estimate'),
    rangeKm: quantiles.describe('Nine of ten rides come farther than `p10`, half of them than `p50`.'),
    whPerKm: quantiles,
    usableWh: z.number(),
    destination: z.object({ distanceKm: z.number(), reachProbability: z.number() }).optional(),
    contributions: z
      .object({
        baseWhPerKm: z.number(),
        levelPct: z.number(),
        climbPct: z.number(),
        windPct: z.number(),
        temperaturePct: z.number(),
        youPct: z.number(),
      })
      .describe('One after the other, from a typical rider on the flat to this answer.'),
    assumed,
    ...grounds,
  }),
  z.object({
    status: z.literal('not_enough_data'),
    missing: z
      .array(z.enum(['charge', 'capacity']))
      .readonly()
      .describe('Send what is missing.'),
    ...grounds,
  }),
])

const askRange = createRoute({
  method: 'post',
  path: '/v1/bikes/{id}/range',
  operationId: 'askRange',
  summary: 'How far the bike of the caller comes with what is in its battery',
  description:
    'On the rider’s usual way, or along a route. The charge is the one that the bike told last, unless it is sent. An answer without an estimate names what is missing.',
  middleware: jsonBody(mostBytes, 'a question'),
  request: {
    params: idParams,
    body: {
      required: true,
      ...json(
        z.strictObject({
          ...conditions,
          route: route.optional(),
          chargePct: z.number().min(0).max(100).optional(),
          capacityWh: z
            .number()
            .min(50)
            .max(5_000)
            .optional()
            .describe('Of all batteries of the bike together; learnt from rides where it is absent.'),
          reservePct: z.number().min(0).max(90).default(5).describe('Share of the capacity to be left.'),
        }),
      ),
    },
  },
  responses: {
    200: { description: 'An estimate, or what it lacks.', ...json(range) },
    ...refusals('not_found', 'body_too_large', 'body_timeout', 'route_refused'),
  },
})

const duration = z.object({
  status: z.literal('estimate'),
  distanceKm: z.number(),
  movingS: quantiles,
  elapsedS: quantiles.describe('With standing and pauses.'),
  assumed,
  ...grounds,
})

const askDuration = createRoute({
  method: 'post',
  path: '/v1/riders/me/duration',
  operationId: 'askDuration',
  summary: 'How long the caller takes for a route, moving and with pauses',
  middleware: jsonBody(mostBytes, 'a question'),
  request: {
    body: {
      required: true,
      ...json(
        z.strictObject({
          ...conditions,
          route,
          bikeId: uuid.describe('A bike of the caller: the pace is learnt for each bike apart.'),
        }),
      ),
    },
  },
  responses: {
    200: { description: 'An estimate.', ...json(duration) },
    ...refusals('not_found', 'body_too_large', 'body_timeout', 'route_refused'),
  },
})

export interface EstimateRoutesDeps {
  readonly stores: Pick<
    ApiStores,
    'rides' | 'rideNotes' | 'ownershipsOf' | 'latestOf' | 'settings' | 'currentPrior'
  >
}

export function estimateRoutes({ stores }: EstimateRoutesDeps) {
  const routes = createRoutes()

  /** The newest closed rides on the bike, those of others left out. */
  async function ridesOf(riderId: string, bikeId: string, nowMs: number): Promise<TrainingRide[]> {
    const found = await stores.rides.ridesOf({ riderId, bikeId, limit: mostRides })
    const told = await withWords(found, { riderId, ...stores })
    return told
      .filter(({ ride, words }) => ride.closesAtMs <= nowMs && !words.notMe)
      .flatMap(({ ride }) => trainingRideOf(ride) ?? [])
  }

  async function massOf(bikeId: string): Promise<number | undefined> {
    return (await stores.settings.of(bikeId)).desired?.values.massKg
  }

  routes.openapi(askRange, async (c) => {
    const { id } = c.req.valid('param')
    const { route, chargePct, capacityWh, reservePct, ...conditions } = c.req.valid('json')
    const [nowMs, riderId] = [Date.now(), c.var.caller.subject]
    const access = await accessOfOwner(riderId, id, stores)
    if (access === undefined) return problemResponse(noBike)
    const known = Promise.all([ridesOf(riderId, id, nowMs), stores.latestOf(id), massOf(id)])
    const [rides, latest, massKg] = await known
    const battery = latest.find(({ group, eventAtMs }) => group === 'battery' && access.sees(eventAtMs))
    const batteries = [{ chargePct: chargePct ?? battery?.values.state_of_charge_pct, nominalWh: capacityWh }]
    const asked = {
      nowMs,
      rides,
      batteries,
      reservePct,
      conditions: { massKg, ...conditions },
      route: route && pointsOf(route),
    }
    const answer = estimateRange(asked, await stores.currentPrior())
    return answer.status === 'route_refused' ? problemResponse(routeRefused(answer)) : c.json(answer, 200)
  })

  routes.openapi(askDuration, async (c) => {
    const { route, bikeId, ...conditions } = c.req.valid('json')
    const [nowMs, riderId] = [Date.now(), c.var.caller.subject]
    if ((await accessOfOwner(riderId, bikeId, stores)) === undefined) return problemResponse(noBike)
    const [rides, massKg] = await Promise.all([ridesOf(riderId, bikeId, nowMs), massOf(bikeId)])
    const question = { nowMs, rides, conditions: { massKg, ...conditions }, route: pointsOf(route) }
    const answer = estimateDuration(question, await stores.currentPrior())
    return answer.status === 'route_refused' ? problemResponse(routeRefused(answer)) : c.json(answer, 200)
  })

  return routes
}

/** `{type: 'LineString', coordinates: [[8.5, 47.4, 410]]}  →  [{longitudeDeg: 8.5, latitudeDeg: 47.4, heightM: 410}]` */
function pointsOf(given: z.output<typeof route>): RoutePoint[] {
  const { coordinates } = given.type === 'Feature' ? given.geometry : given
  return coordinates.map(([longitudeDeg, latitudeDeg, heightM]) => ({ longitudeDeg, latitudeDeg, heightM }))
}

const faults = {
  route_too_short: 'the route has fewer than two points, or less than 100 m',
  route_too_many_points: 'the route has more than 10,000 points: leave some out',
  route_too_long: 'the route is longer than 1,000 km',
  route_has_hole: 'two neighbours on the route are more than 3 km apart',
} as const satisfies Record<(typeof routeFaults)[number], string>

const routeRefused = ({ reason, atPoint }: RouteFault): Problem<'route_refused'> => ({
  reason: 'route_refused',
  detail: atPoint === undefined ? faults[reason] : `${faults[reason]}, before point ${atPoint}`,
})
