// The tours of a rider, a day each, as the phone uploads them; of one the middle comes last. Pure.
import { capacityWh, countSamples, createBike, metric, recordRide, type Series } from '../simulator/index.ts'
import type { Delivery } from './delivery.ts'
import type { PlannedRide } from './plan.ts'
import { phoneOf } from './roles.ts'

export interface Tour {
  readonly ride: PlannedRide
  /** What the phone sends at first; after a hole of a quarter of an hour a ride begins anew. */
  readonly first: readonly Delivery[]
  /** The middle, of the tour that has one missing. */
  readonly late: readonly Delivery[]
  /** `[longitude, latitude, height in metres]`, every ten seconds. */
  readonly route: readonly (readonly [number, number, number])[]
}

export interface Tours {
  readonly bikeId: string
  readonly riderId: string
  readonly producedAt: Date
  /** What the rider says of the bike when asking for its range. */
  readonly bike: { readonly capacityWh: number; readonly massKg: number; readonly level: number }
  readonly tours: readonly Tour[]
}

const [days, inPieces] = [5, 2]
const [minute, day] = [60_000, 86_400_000]
const [seconds, chunkMs] = [2_400, 5 * minute]
/** The third to the fifth of eight pieces: fifteen minutes, and a ride ends after ten. */
const middle = [2, 3, 4]

export function planTours(nowMs: number): Tours {
  const bike = createBike(12, 3)
  const { bikeId, recorderId } = bike
  const riderId = 'tourist-1'
  const starts = Array.from({ length: days }, (_, i) => nowMs - (days - i) * day)
  const phone = phoneOf('honest', { startMs: starts[0] as number, endMs: nowMs })
  const tours = starts.map((startMs, number): Tour => {
    const truth = bike.ride({ startMs, seconds })
    const chunks = recordRide(truth, { recorder: { bikeId, recorderId, phone }, chunkMs })
    const deliveries = chunks.map(
      ({ tracks, truth: part }, n): Delivery => ({
        ...{ purpose: 'plain', upload: `tour ${number} ${n}`, tracks, conflicting: 0 },
        samples: countSamples(part),
      }),
    )
    const isLate = (n: number) => number === inPieces && middle.includes(n)
    return {
      ride: {
        ...{ file: `tour ${number + 1}`, role: 'honest', consent: 'never', bikeId, riderId, phone, truth },
        ...{ samples: countSamples(truth), deliveries },
      },
      first: deliveries.filter((_, n) => !isLate(n)),
      late: deliveries.filter((_, n) => isLate(n)),
      route: routeOf(truth),
    }
  })
  return {
    ...{ bikeId, riderId, tours, producedAt: new Date(nowMs - 365 * day) },
    bike: { capacityWh, massKg: bike.rider.massKg, level: bike.rider.assistLevel },
  }
}

/** Without the moments that had no position. */
function routeOf(truth: readonly Series[]): [number, number, number][] {
  const of = (key: 'longitude_deg' | 'latitude_deg' | 'altitude_m') => [...(metric(truth, key) ?? [])]
  const [latitudes, heights] = [of('latitude_deg'), of('altitude_m')]
  const points = of('longitude_deg').map((longitude, i) => [longitude, latitudes[i], heights[i]] as const)
  return (points as [number, number, number][]).filter(
    (point, i) => i % 10 === 0 && point.every(Number.isFinite),
  )
}
