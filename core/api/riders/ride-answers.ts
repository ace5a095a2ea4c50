// Rides as the API tells them.
import { z } from 'zod'
import type { SharedRide } from '../../riders/own-data/shared-ride.ts'
import type { RideWords } from '../../riders/rides/notes-port.ts'
import { type Ride, rideEnds } from '../../riders/rides/port.ts'
import type { Total } from '../../riders/rides/totals.ts'
import { count, iso, list, time, uuid } from '../request.ts'

const spread = z.object({ min: z.number(), mean: z.number(), max: z.number() })
const seconds = z.number().min(0)

const summary = z
  .object({
    movingS: seconds,
    standingS: seconds,
    unrecordedS: seconds,
    pauses: count,
    stops: count,
    gaps: list(z.object({ from: time, until: time })),
    distanceM: z.number().optional(),
    distanceFrom: z.enum(['odometer', 'speed']).optional(),
    ascentM: z.number().optional(),
    descentM: z.number().optional(),
    averageKmh: z.number().optional(),
    maxKmh: z.number().optional(),
    energyWh: z.number().optional(),
    energyCoverage: z.number(),
    whPerKm: z.number().optional(),
    assistShares: list(z.object({ level: z.number(), share: z.number() })),
    riderWorkWh: z.number().optional(),
    ambientC: spread.optional(),
    batteryC: spread.optional(),
    chargeStartPct: z.number().optional(),
    chargeEndPct: z.number().optional(),
    clockRules: list(z.string()),
    recorderIds: list(uuid),
    recordings: list(z.object({ recorderId: uuid, recordingId: z.number() })),
    samples: count,
  })
  .describe('What no sample tells is absent. docs/riders.md says how each value is found.')

export const sharedRideBody = z.object({
  rideId: z.string().describe('Of this grant: another one, or another third party, has other ids.'),
  bikeId: uuid,
  from: time.describe('The first moment that is shown, and not the ride’s.'),
  until: time.describe('The last moment that is shown.'),
  summary: summary.omit({ clockRules: true, recorderIds: true, recordings: true }),
})
export const sharedRidePage = z.object({ rides: list(sharedRideBody), next: z.string().nullable() })

export const rideBody = z.object({
  rideId: z.string(),
  bikeId: uuid,
  from: time,
  until: time,
  open: z.boolean().describe('The ride may go on.'),
  closesAt: time,
  end: z.enum(rideEnds).describe('What ended it; of an open ride, what ends it unless it goes on.'),
  name: z.string().nullable(),
  hidden: z.boolean().describe('Not listed unless it is asked for.'),
  notMe: z.boolean().describe('Somebody else rode: no estimate and no research learns from it.'),
  summary,
})
export const ridePage = z.object({ rides: list(rideBody), next: z.string().nullable() })

const metricColumn = z.array(z.number().nullable())
export const streamsBody = z.object({
  rideId: z.string(),
  times: list(z.int()).describe('Unix milliseconds, ascending.'),
  bucketMs: z.int().describe('What one row stands for; 0 where rows are samples.'),
  columns: z
    .record(z.string(), metricColumn)
    .describe('By metric, each as long as `times`. A row without any value is a gap.'),
})

export const totalsBody = z.object({
  zone: z.string(),
  totals: list(
    z.object({
      from: z.iso.date().describe('The first day of the period.'),
      rides: count,
      movingS: seconds,
      distanceM: z.number(),
      ascentM: z.number(),
      energyWh: z.number().describe('Of the rides whose energy is known for nine tenths of their time.'),
      energyDistanceM: z.number().describe('The way of those rides.'),
    }),
  ).describe('Oldest first; periods without a ride are left out.'),
})

/** `{rideId, bikeId, from: '2026-…Z', until: '2026-…Z', open: false, end: 'rest', name: null, hidden: false, …, summary: {…}}` */
export function rideAnswer(ride: Ride, words: RideWords): z.infer<typeof rideBody> {
  const { rideId, bikeId, fromMs, untilMs, closesAtMs, end, summary } = ride
  return {
    ...{ rideId, bikeId, from: iso(fromMs), until: iso(untilMs), end },
    ...{ open: closesAtMs > Date.now(), closesAt: iso(closesAtMs) },
    ...{ name: words.name ?? null, hidden: words.hidden, notMe: words.notMe },
    summary: {
      ...summary,
      gaps: summary.gaps.map((gap) => ({ from: iso(gap.fromMs), until: iso(gap.untilMs) })),
    },
  }
}

/** `{rideId: '3f…', bikeId, from: '2026-…Z', until: '2026-…Z', summary: {…}}` */
export function sharedRideAnswer(
  { fromMs, untilMs, summary }: Omit<SharedRide, 'streams'>,
  named: { readonly rideId: string; readonly bikeId: string },
): z.infer<typeof sharedRideBody> {
  const gaps = summary.gaps.map((gap) => ({ from: iso(gap.fromMs), until: iso(gap.untilMs) }))
  return { ...named, from: iso(fromMs), until: iso(untilMs), summary: { ...summary, gaps } }
}

/** Metres and watt-hours as whole numbers. */
export function totalAnswer({ distanceM, ascentM, energyWh, energyDistanceM, movingS, ...total }: Total) {
  return {
    ...total,
    ...{ movingS: Math.round(movingS), distanceM: Math.round(distanceM), ascentM: Math.round(ascentM) },
    ...{ energyWh: Math.round(energyWh), energyDistanceM: Math.round(energyDistanceM) },
  }
}
