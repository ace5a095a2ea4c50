// The API's answers as the pages read them. A value that is absent or cannot be read is undefined, and the rest stands: bad data
// blanks no page.
import { z } from 'zod'

const number = z.number().optional().catch(undefined)
const text = z.string().optional().catch(undefined)
const flag = z.boolean().catch(false)
/** Unix milliseconds. */
export const time = z.iso
  .datetime({ offset: true })
  .transform((iso) => Date.parse(iso))
  .optional()
  .catch(undefined)

/** Elements that cannot be read are left out. */
export const listOf = <Schema extends z.ZodType>(element: Schema) =>
  z.array(z.unknown()).transform((all) =>
    all.flatMap((one): z.output<Schema>[] => {
      const read = element.safeParse(one)
      return read.success ? [read.data] : []
    }),
  )

const spread = z.object({ min: number, mean: number, max: number }).optional().catch(undefined)
export const quantiles = z.object({ p10: z.number(), p50: z.number(), p90: z.number() })
export type Quantiles = z.output<typeof quantiles>

const bike = z.object({ bikeId: z.string(), frameNumber: text, model: text, now: flag })
export type Bike = z.output<typeof bike>
export const bikeList = z.object({ bikes: listOf(bike) })

const reading = z
  .object({ eventAt: time, values: z.record(z.string(), z.unknown()).catch({}) })
  .optional()
  .catch(undefined)
/** As the live state tells it too. */
export const latestState = z.object({
  presence: z.object({ online: flag, since: time }).optional().catch(undefined),
  groups: z
    .object({ position: reading, ride: reading, battery: reading, motor: reading, fault: reading })
    .catch({}),
})
export type LatestState = z.output<typeof latestState>

const grounds = { ridesUsed: number, basis: text }
const percent = number
export const rangeAnswer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('estimate'),
    rangeKm: quantiles,
    whPerKm: quantiles.optional().catch(undefined),
    usableWh: number,
    destination: z
      .object({ distanceKm: z.number(), reachProbability: z.number() })
      .optional()
      .catch(undefined),
    contributions: z
      .object({
        levelPct: percent,
        climbPct: percent,
        windPct: percent,
        temperaturePct: percent,
        youPct: percent,
      })
      .optional()
      .catch(undefined),
    assumed: listOf(z.string()).catch([]),
    ...grounds,
  }),
  z.object({ status: z.literal('not_enough_data'), missing: listOf(z.string()).catch([]), ...grounds }),
])
export type RangeAnswer = z.output<typeof rangeAnswer>

const share = z.object({ level: z.number(), share: z.number() })
const summary = z
  .object({
    ...{ movingS: number, standingS: number, unrecordedS: number, pauses: number },
    ...{ distanceM: number, ascentM: number, descentM: number, averageKmh: number, maxKmh: number },
    ...{ energyWh: number, whPerKm: number, riderWorkWh: number },
    ...{ ambientC: spread, chargeStartPct: number, chargeEndPct: number },
    assistShares: listOf(share).catch([]),
    gaps: listOf(z.object({ from: time, until: time })).catch([]),
  })
  .catch({ assistShares: [], gaps: [] })

export const ride = z.object({
  rideId: z.string(),
  bikeId: text,
  ...{ from: time, until: time, open: flag, name: text, hidden: flag, notMe: flag, summary },
})
export type Ride = z.output<typeof ride>
export const ridePage = z.object({ rides: listOf(ride), next: text })

const total = z.object({
  from: z.iso.date(),
  ...{ rides: number, movingS: number, distanceM: number, ascentM: number },
  ...{ energyWh: number, energyDistanceM: number },
})
export type Total = z.output<typeof total>
export const totalList = z.object({ totals: listOf(total) })

const cell = z.number().nullable().catch(null)
export const streams = z.object({
  times: z.array(z.number()),
  bucketMs: z.number().catch(0),
  columns: z.record(z.string(), z.array(cell)).catch({}),
})
export type Streams = z.output<typeof streams>

/** The value of a metric; undefined where there is none. `metricOf(state.groups.battery, 'state_of_charge_pct')` → 82 */
export function metricOf(group: z.output<typeof reading>, metric: string): number | undefined {
  const value = group?.values[metric]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
