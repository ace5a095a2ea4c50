// What the samples of a ride say in sum. Pure: the samples decide, never their order or how they came.
import { climbOf, metresOf, wayOf } from './distance.ts'
import { movingMoments } from './movement.ts'
import type { RideSample, RideSummary, Spread, TimeSpan } from './port.ts'
import {
  byRecorder,
  inPrecedence,
  merged,
  mergeSeries,
  type Point,
  type RecorderSamples,
} from './recorders.ts'

/** A silence that is longer is unrecorded time, a halt that is longer a pause. */
const shortSilenceMs = 10_000
/** A battery tells of itself less often than a wheel. */
const batteryHoldsMs = 60_000
const stopKmh = 3
const mostGaps = 100
const leastCoverage = 0.9
const leastKm = 0.1
const hourMs = 3_600_000

/** `samples` are those of the ride's owner from its first moment to its last one, in the order of time. */
export function summaryOf(
  { fromMs, untilMs }: TimeSpan,
  { samples, moduleIds }: { samples: readonly RideSample[]; moduleIds: readonly string[] },
): RideSummary {
  const recorders = byRecorder(samples, moduleIds)
  const slices = slicesOf({ fromMs, untilMs }, recorders)
  const speeds = merged('speed_kmh', recorders)
  const charges = merged('state_of_charge_pct', recorders)
  const movingS = secondsOf(slices, 'moving')
  const way = wayOf(recorders)
  const distanceM = way && metresOf(way)
  const climb = way && climbOf(way, merged('altitude_m', recorders))
  const energy = energyOf(recorders)
  const energyCoverage = Math.min(1, energy.coveredMs / (untilMs - fromMs))
  const km = (distanceM ?? 0) / 1_000
  return {
    movingS,
    standingS: secondsOf(slices, 'standing'),
    unrecordedS: secondsOf(slices, 'unrecorded'),
    pauses: pausesOf(slices),
    stops: speeds.filter(({ value }, i) => value < stopKmh && (speeds[i - 1]?.value ?? 0) >= stopKmh).length,
    gaps: longestGaps(slices),
    ...known('distanceM', distanceM, 1),
    ...(way && { distanceFrom: way.from }),
    ...known('ascentM', climb?.upM, 1),
    ...known('descentM', climb?.downM, 1),
    ...known(
      'averageKmh',
      distanceM !== undefined && movingS > 0 ? (distanceM / movingS) * 3.6 : undefined,
      2,
    ),
    ...known('maxKmh', speeds.length > 0 ? greatest(speeds) : undefined, 2),
    ...known('energyWh', energyCoverage > 0 ? energy.wattHours : undefined, 2),
    energyCoverage: rounded(energyCoverage, 3),
    ...known(
      'whPerKm',
      energyCoverage >= leastCoverage && km > leastKm ? energy.wattHours / km : undefined,
      2,
    ),
    assistShares: sharesOf(slices, merged('assist_level', recorders)),
    ...known('riderWorkWh', workOf(merged('rider_power_w', recorders)), 2),
    ...spread('ambientC', merged('ambient_temperature_c', recorders)),
    ...spread('batteryC', merged('battery_temperature_c', recorders)),
    ...known('chargeStartPct', charges[0]?.value, 1),
    ...known('chargeEndPct', charges.at(-1)?.value, 1),
    clockRules: [...new Set(samples.map(({ clockRule }) => clockRule))].sort(),
    recorderIds: recorders.map(({ recorderId }) => recorderId),
    recordings: lastRecordings(recorders),
    samples: samples.length,
  }
}

type State = 'moving' | 'standing' | 'unrecorded'
interface Slice extends TimeSpan {
  readonly state: State
}

/** The ride's time from one sample to the next, each with what the bike did: as the better recorder says. */
function slicesOf({ fromMs, untilMs }: TimeSpan, recorders: readonly RecorderSamples[]): Slice[] {
  const told = mergeSeries(
    inPrecedence('speed_kmh', recorders).map(({ samples }) => {
      const moments = new Set(movingMoments(samples))
      return samples
        .filter(({ values }) => values.speed_kmh !== undefined || values.odometer_m !== undefined)
        .map(({ timeMs }) => ({ timeMs, value: Number(moments.has(timeMs)) }))
    }),
  )
  const inside = told.filter(({ timeMs }) => timeMs > fromMs && timeMs < untilMs)
  const ends = [...inside, { timeMs: untilMs, value: 1 }]
  return ends.map(({ timeMs, value }, i) => {
    const beganMs = ends[i - 1]?.timeMs ?? fromMs
    const state = timeMs - beganMs > shortSilenceMs ? 'unrecorded' : value === 1 ? 'moving' : 'standing'
    return { fromMs: beganMs, untilMs: timeMs, state }
  })
}

function secondsOf(slices: readonly Slice[], wanted: State): number {
  return slices.reduce((sum, slice) => sum + (slice.state === wanted ? lengthMs(slice) : 0), 0) / 1_000
}

const lengthMs = ({ fromMs, untilMs }: TimeSpan) => untilMs - fromMs

function pausesOf(slices: readonly Slice[]): number {
  let [pauses, stoodMs] = [0, 0]
  for (const slice of slices) {
    const before = stoodMs
    stoodMs = slice.state === 'standing' ? stoodMs + lengthMs(slice) : 0
    if (before <= shortSilenceMs && stoodMs > shortSilenceMs) pauses++
  }
  return pauses
}

function longestGaps(slices: readonly Slice[]): TimeSpan[] {
  return slices
    .filter(({ state }) => state === 'unrecorded')
    .toSorted((a, b) => lengthMs(b) - lengthMs(a) || a.fromMs - b.fromMs)
    .slice(0, mostGaps)
    .sort((a, b) => a.fromMs - b.fromMs)
    .map(({ fromMs, untilMs }) => ({ fromMs, untilMs }))
}

/** ∫V·I of the samples that tell both. */
function energyOf(recorders: readonly RecorderSamples[]): { wattHours: number; coveredMs: number } {
  const watts = mergeSeries(
    inPrecedence('voltage_v', recorders).map(({ samples }) =>
      samples.flatMap(({ timeMs, values: { voltage_v: volts, current_a: amperes } }) =>
        volts === undefined || amperes === undefined ? [] : [{ timeMs, value: volts * amperes }],
      ),
    ),
  )
  return integral(watts, batteryHoldsMs)
}

function workOf(watts: readonly Point[]): number | undefined {
  return watts.length < 2 ? undefined : integral(watts, shortSilenceMs).wattHours
}

/** Of watts over time; over a longer silence nothing is known. */
function integral(watts: readonly Point[], holdsMs: number): { wattHours: number; coveredMs: number } {
  let [wattHours, coveredMs] = [0, 0]
  for (const [i, { timeMs, value }] of watts.slice(1).entries()) {
    const before = watts[i] as Point
    const ms = timeMs - before.timeMs
    if (ms > holdsMs) continue
    wattHours += (((before.value + value) / 2) * ms) / hourMs
    coveredMs += ms
  }
  return { wattHours, coveredMs }
}

/** A level holds until the next one is told. */
function sharesOf(slices: readonly Slice[], levels: readonly Point[]): RideSummary['assistShares'] {
  const movedMs = new Map<number, number>()
  let next = 0
  for (const slice of slices) {
    while (next < levels.length && (levels[next] as Point).timeMs <= slice.untilMs) next++
    const level = levels[next - 1]?.value
    if (level === undefined || slice.state !== 'moving') continue
    movedMs.set(level, (movedMs.get(level) ?? 0) + lengthMs(slice))
  }
  const sum = [...movedMs.values()].reduce((a, b) => a + b, 0)
  return [...movedMs].sort(([a], [b]) => a - b).map(([level, ms]) => ({ level, share: rounded(ms / sum, 4) }))
}

function lastRecordings(recorders: readonly RecorderSamples[]): RideSummary['recordings'] {
  return recorders.flatMap(({ recorderId, samples }) => {
    const recordingId = samples.findLast((sample) => sample.recordingId !== undefined)?.recordingId
    return recordingId === undefined ? [] : [{ recorderId, recordingId }]
  })
}

function greatest(points: readonly Point[]): number {
  return points.reduce((most, { value }) => Math.max(most, value), -Infinity)
}

function spread<K extends string>(name: K, points: readonly Point[]): { [key in K]?: Spread } {
  if (points.length === 0) return {}
  const sum = points.reduce((total, { value }) => total + value, 0)
  const min = points.reduce((least, { value }) => Math.min(least, value), Infinity)
  const of: Spread = { min, mean: rounded(sum / points.length, 2), max: greatest(points) }
  return { [name]: of } as { [key in K]?: Spread }
}

function known<K extends string>(
  name: K,
  value: number | undefined,
  digits: number,
): { [key in K]?: number } {
  return (value === undefined ? {} : { [name]: rounded(value, digits) }) as { [key in K]?: number }
}

/** Nobody measures more digits. */
function rounded(value: number, digits: number): number {
  const scale = 10 ** digits
  return Math.round(value * scale) / scale
}
