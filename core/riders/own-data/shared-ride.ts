// A ride, and a bike's state, as a third party sees them: nothing from within the rider's privacy zones, and no sum that has it in. Pure.
import { type RideSummary, type RideSample as RuleSample, rideMetrics } from '../rides/port.ts'
import { summarySteps } from '../rides/summary.ts'
import type { PrivacyZone, RideStreams } from './port.ts'
import { circleOf, distanceM, hideZones } from './privacy-zones.ts'
import { gapFinder, valueReader } from './streams.ts'

type SharedSummary = Omit<RideSummary, 'clockRules' | 'recorderIds' | 'recordings'>

export interface SharedRide {
  /** Of the first and the last row that is shown. */
  readonly fromMs: number
  readonly untilMs: number
  readonly streams: RideStreams
  readonly summary: SharedSummary
}

export interface ZonesOfRider {
  readonly zones: readonly PrivacyZone[]
  readonly key: Uint8Array
}

/** `streams` are all samples of the ride. Undefined where nothing of it, or a single moment, is shown. */
export function shareRide(streams: RideStreams, { zones, key }: ZonesOfRider): SharedRide | undefined {
  const shown = hideZones(streams, zones, key)
  const [fromMs, untilMs] = [shown.times[0], shown.times.at(-1)]
  if (fromMs === undefined || untilMs === undefined || untilMs === fromMs) return undefined
  return { fromMs, untilMs, streams: shown, summary: summaryOf(shown, { fromMs, untilMs }) }
}

/** By the rule for rides, from the rows as if one recorder had told them. */
function summaryOf(streams: RideStreams, span: { fromMs: number; untilMs: number }): SharedSummary {
  const steps = summarySteps(span, { samples: [...rowsOf(streams)], moduleIds: [] })
  for (;;) {
    const { done, value } = steps.next()
    if (!done) continue
    const { clockRules: _, recorderIds: __, recordings: ___, ...summary } = value
    return summary
  }
}

function* rowsOf(streams: RideStreams): Generator<RuleSample> {
  const isGap = gapFinder(streams)
  const valueAt = valueReader(streams)
  for (const [row, timeMs] of streams.times.entries()) {
    if (isGap(row)) continue
    const values: { -readonly [metric in keyof RuleSample['values']]: number } = {}
    for (const metric of rideMetrics) {
      const value = valueAt(metric, row)
      if (value !== null) values[metric] = value
    }
    yield { timeMs, recorderId: '', kind: 'ride', trackId: '', recordingId: undefined, clockRule: '', values }
  }
}

interface Reading {
  readonly group: string
  readonly values: Readonly<Record<string, number>>
}

/**
 * The latest readings of a bike. Undefined where its latest position is within a zone: then nothing is shown, since each time and each
 * count of metres would tell how far into the zone it went. Outside of zones the odometer alone is left out, which counts what was
 * ridden within them. Without zones nothing changes.
 */
export function shareState<R extends Reading>(
  readings: readonly R[],
  { zones, key }: ZonesOfRider,
): readonly R[] | undefined {
  if (zones.length === 0) return readings
  const { latitude_deg: latitudeDeg, longitude_deg: longitudeDeg } =
    readings.find(({ group }) => group === 'position')?.values ?? {}
  if (latitudeDeg !== undefined && longitudeDeg !== undefined) {
    const circles = zones.map((zone) => circleOf(zone, key))
    const place = { latitudeDeg, longitudeDeg }
    if (circles.some((circle) => distanceM(circle, place) <= circle.radiusM)) return undefined
  }
  return readings.map((reading) => {
    const { odometer_m: _, ...values } = reading.values
    return { ...reading, values }
  })
}
