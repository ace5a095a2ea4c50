// How far a ride went, and up and down: from the odometers of its recorders. Pure.
import { firstIndex } from './movement.ts'
import { inPrecedence, merged, type Point, type RecorderSamples } from './recorders.ts'

/** A way of so many metres over [fromMs, untilMs]. */
interface Step {
  readonly fromMs: number
  readonly untilMs: number
  readonly metres: number
}

/** What is faster was no journey: the odometer was set, or belongs to another display. Its readings may be in steps of 100 m. */
const fastestKmh = 150
const coarsestM = 100
/** Speed is taken to hold for so long. */
const speedHoldsMs = 10_000

export interface Way {
  readonly from: 'odometer' | 'speed'
  readonly steps: readonly Step[]
}

/**
 * The ways of a ride in the order of time. An odometer goes on while its recorder is silent; where it was reset, and before and after its
 * readings, the next recorder's counts. Undefined where nobody tells.
 *
 * Readings 100 m, 150 m, 0 m, 40 m → 50 m and 40 m.
 */
export function wayOf(recorders: readonly RecorderSamples[]): Way | undefined {
  let steps: readonly Step[] = []
  for (const { samples } of inPrecedence('odometer_m', recorders)) {
    const known = steps
    const others = odometerSteps(samples).flatMap((step) => uncovered(step, known))
    steps = known.concat(others).sort((a, b) => a.fromMs - b.fromMs)
  }
  if (steps.length > 0) return { from: 'odometer', steps }
  const speeds = merged('speed_kmh', recorders)
  return speeds.length < 2 ? undefined : { from: 'speed', steps: speedSteps(speeds) }
}

function odometerSteps(samples: RecorderSamples['samples']): Step[] {
  const readings = samples.flatMap(({ timeMs, values: { odometer_m: metres } }) =>
    metres === undefined ? [] : [{ timeMs, metres }],
  )
  return readings.slice(1).flatMap((reading, i) => {
    const before = readings[i] as (typeof readings)[number]
    const metres = reading.metres - before.metres
    const ms = reading.timeMs - before.timeMs
    const isJourney = metres >= 0 && metres <= coarsestM + (fastestKmh / 3_600) * ms
    return isJourney ? [{ fromMs: before.timeMs, untilMs: reading.timeMs, metres }] : []
  })
}

/** The parts of a step over times that no known step covers, with their shares of its metres. `known` is in the order of time. */
function uncovered(step: Step, known: readonly Step[]): Step[] {
  const parts: Step[] = []
  const share = (fromMs: number, untilMs: number) => {
    const metres = (step.metres * (untilMs - fromMs)) / (step.untilMs - step.fromMs)
    if (untilMs > fromMs) parts.push({ fromMs, untilMs, metres })
  }
  let fromMs = step.fromMs
  for (let i = firstIndex(known, ({ untilMs }) => untilMs > step.fromMs); i < known.length; i++) {
    const other = known[i] as Step
    if (other.fromMs >= step.untilMs) break
    share(fromMs, other.fromMs)
    fromMs = other.untilMs
  }
  share(fromMs, step.untilMs)
  return parts
}

function speedSteps(speeds: readonly Point[]): Step[] {
  return speeds.slice(1).flatMap(({ timeMs, value }, i) => {
    const before = speeds[i] as Point
    const ms = timeMs - before.timeMs
    if (ms > speedHoldsMs) return []
    return [{ fromMs: before.timeMs, untilMs: timeMs, metres: ((before.value + value) / 2 / 3_600) * ms }]
  })
}

export function metresOf({ steps }: Way): number {
  return steps.reduce((sum, { metres }) => sum + metres, 0)
}

/** Heights are read each 20 m of the way, and are means of five: the noise of a barometer is no climb. */
const gridM = 20
const smoothed = 2

/** The rises and the falls of a way; undefined where no heights are known, or the way is too short. */
export function climbOf(way: Way, altitudes: readonly Point[]): { upM: number; downM: number } | undefined {
  const heights = smooth(heightsOnGrid(along(way, altitudes)))
  if (heights.length < 2) return undefined
  let [upM, downM] = [0, 0]
  for (const [i, height] of heights.slice(1).entries()) {
    const rise = height - (heights[i] as number)
    if (rise > 0) upM += rise
    else downM -= rise
  }
  return { upM, downM }
}

interface Height {
  readonly atM: number
  readonly height: number
}

/** Each height with the metres that were gone by then. */
function along({ steps }: Way, altitudes: readonly Point[]): Height[] {
  let [next, gone] = [0, 0]
  return altitudes.map(({ timeMs, value }) => {
    for (let step = steps[next]; step !== undefined && step.untilMs <= timeMs; step = steps[++next]) {
      gone += step.metres
    }
    const step = steps[next]
    const part =
      step === undefined || step.fromMs >= timeMs
        ? 0
        : (step.metres * (timeMs - step.fromMs)) / (step.untilMs - step.fromMs)
    return { atM: gone + part, height: value }
  })
}

function heightsOnGrid(points: readonly Height[]): number[] {
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined) return []
  const heights: number[] = []
  let next = 0
  for (let atM = first.atM; atM <= last.atM; atM += gridM) {
    while (next < points.length - 1 && (points[next] as Height).atM < atM) next++
    const [before, after] = [points[Math.max(0, next - 1)] as Height, points[next] as Height]
    const share = after.atM > before.atM ? (atM - before.atM) / (after.atM - before.atM) : 1
    heights.push(before.height + share * (after.height - before.height))
  }
  return heights
}

function smooth(heights: readonly number[]): number[] {
  return heights.map((_, i) => {
    const near = heights.slice(Math.max(0, i - smoothed), i + smoothed + 1)
    return near.reduce((sum, height) => sum + height, 0) / near.length
  })
}
