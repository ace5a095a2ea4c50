// What the samples of a ride say in sum. Pure: the samples decide, never their order or how they came.
import { climbOf, metresOf, wayOf } from './distance.ts'
import { movementReader } from './movement.ts'
import type { RideSample, RideSummary, Spread, TimeSpan } from './port.ts'
import { at, byRecorder, merged, mergedBy, type RecorderSamples, type Series } from './recorders.ts'

/** A silence that is longer is unrecorded time, a halt that is longer a pause. */
const shortSilenceMs = 10_000
/** A battery tells of itself less often than a wheel. */
const batteryHoldsMs = 60_000
const stopKmh = 3
const mostGaps = 100
const leastCoverage = 0.9
const leastKm = 0.1
const hourMs = 3_600_000

/** In steps. `samples` are those of the ride's owner from its first moment to its last one, in the order of time. */
export function* summarySteps(
  { fromMs, untilMs }: TimeSpan,
  { samples, moduleIds }: { samples: readonly RideSample[]; moduleIds: readonly string[] },
): Generator<void, RideSummary> {
  const recorders = byRecorder(samples, moduleIds)
  yield
  const slices = slicesOf({ fromMs, untilMs }, recorders)
  const movingS = secondsOf(slices, 'moving')
  yield
  const speeds = merged('speed_kmh', recorders)
  const way = wayOf(recorders)
  const distanceM = way && metresOf(way)
  const km = (distanceM ?? 0) / 1_000
  yield
  const climb = way && climbOf(way, merged('altitude_m', recorders))
  yield
  const energy = energyOf(recorders)
  const energyCoverage = Math.min(1, energy.coveredMs / (untilMs - fromMs))
  const charges = merged('state_of_charge_pct', recorders).values
  yield
  const assistShares = sharesOf(slices, merged('assist_level', recorders))
  const riderWorkWh = workOf(merged('rider_power_w', recorders))
  yield
  return {
    movingS,
    standingS: secondsOf(slices, 'standing'),
    unrecordedS: secondsOf(slices, 'unrecorded'),
    pauses: pausesOf(slices),
    stops: stopsOf(speeds),
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
    ...known('maxKmh', spreadOf(speeds)?.max, 2),
    ...known('energyWh', energyCoverage > 0 ? energy.wattHours : undefined, 2),
    energyCoverage: rounded(energyCoverage, 3),
    ...known(
      'whPerKm',
      energyCoverage >= leastCoverage && km > leastKm ? energy.wattHours / km : undefined,
      2,
    ),
    assistShares,
    ...known('riderWorkWh', riderWorkWh, 2),
    ...spread('ambientC', merged('ambient_temperature_c', recorders)),
    ...spread('batteryC', merged('battery_temperature_c', recorders)),
    ...known('chargeStartPct', charges[0], 1),
    ...known('chargeEndPct', charges.at(-1), 1),
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
  const isMoving = movementReader()
  const told = mergedBy('speed_kmh', recorders, (sample) => {
    const { speed_kmh, odometer_m } = sample.values
    return speed_kmh === undefined && odometer_m === undefined ? undefined : Number(isMoving(sample))
  })
  const slices: Slice[] = []
  let beganMs = fromMs
  const add = (timeMs: number, moves: boolean) => {
    const state = timeMs - beganMs > shortSilenceMs ? 'unrecorded' : moves ? 'moving' : 'standing'
    slices.push({ fromMs: beganMs, untilMs: timeMs, state })
    beganMs = timeMs
  }
  for (let i = 0; i < told.timesMs.length; i++) {
    const timeMs = at(told.timesMs, i)
    if (timeMs > fromMs && timeMs < untilMs) add(timeMs, at(told.values, i) === 1)
  }
  add(untilMs, true)
  return slices
}

function secondsOf(slices: readonly Slice[], wanted: State): number {
  let ms = 0
  for (const slice of slices) if (slice.state === wanted) ms += lengthMs(slice)
  return ms / 1_000
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

function stopsOf({ values }: Series): number {
  let stops = 0
  for (let i = 1; i < values.length; i++) {
    if (at(values, i) < stopKmh && at(values, i - 1) >= stopKmh) stops++
  }
  return stops
}

/** ∫V·I of the samples that tell both. */
function energyOf(recorders: readonly RecorderSamples[]): { wattHours: number; coveredMs: number } {
  const watts = mergedBy('voltage_v', recorders, ({ values: { voltage_v: volts, current_a: amperes } }) =>
    volts === undefined || amperes === undefined ? undefined : volts * amperes,
  )
  return integral(watts, batteryHoldsMs)
}

function workOf(watts: Series): number | undefined {
  return watts.timesMs.length < 2 ? undefined : integral(watts, shortSilenceMs).wattHours
}

/** Of watts over time; over a longer silence nothing is known. */
function integral({ timesMs, values }: Series, holdsMs: number): { wattHours: number; coveredMs: number } {
  let [wattHours, coveredMs] = [0, 0]
  for (let i = 1; i < timesMs.length; i++) {
    const ms = at(timesMs, i) - at(timesMs, i - 1)
    if (ms > holdsMs) continue
    wattHours += (((at(values, i - 1) + at(values, i)) / 2) * ms) / hourMs
    coveredMs += ms
  }
  return { wattHours, coveredMs }
}

/** A level holds until the next one is told. */
function sharesOf(slices: readonly Slice[], { timesMs, values }: Series): RideSummary['assistShares'] {
  const movedMs = new Map<number, number>()
  let next = 0
  for (const slice of slices) {
    while (next < timesMs.length && at(timesMs, next) <= slice.untilMs) next++
    const level = values[next - 1]
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

function spread<K extends string>(name: K, series: Series): { [key in K]?: Spread } {
  const of = spreadOf(series)
  return (of === undefined ? {} : { [name]: of }) as { [key in K]?: Spread }
}

function spreadOf({ values }: Series): Spread | undefined {
  if (values.length === 0) return undefined
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    sum += value
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min: rounded(min, 2), mean: rounded(sum / values.length, 2), max: rounded(max, 2) }
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
