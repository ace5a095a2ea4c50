// How far a ride went, and up and down: from the odometers of its recorders. Pure.
import { firstIndex } from './movement.ts'
import { at, inPrecedence, merged, type RecorderSamples, type Series } from './recorders.ts'

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
    const own = odometerSteps(samples)
    if (known.length === 0) steps = own
    else
      steps = known.concat(own.flatMap((step) => uncovered(step, known))).sort((a, b) => a.fromMs - b.fromMs)
  }
  if (steps.length > 0) return { from: 'odometer', steps }
  const speeds = merged('speed_kmh', recorders)
  return speeds.timesMs.length < 2 ? undefined : { from: 'speed', steps: speedSteps(speeds) }
}

/** Whether an odometer that went on by so many metres in that time was ridden, and not set or exchanged. */
export function isJourney(metres: number, ms: number): boolean {
  return metres >= 0 && metres <= coarsestM + (fastestKmh / 3_600) * ms
}

function odometerSteps(samples: RecorderSamples['samples']): Step[] {
  const steps: Step[] = []
  let [beforeMs, before] = [0, Number.NaN]
  for (const { timeMs, values } of samples) {
    const reading = values.odometer_m
    if (reading === undefined) continue
    const metres = reading - before
    if (isJourney(metres, timeMs - beforeMs)) steps.push({ fromMs: beforeMs, untilMs: timeMs, metres })
    before = reading
    beforeMs = timeMs
  }
  return steps
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

function speedSteps({ timesMs, values }: Series): Step[] {
  const steps: Step[] = []
  for (let i = 1; i < timesMs.length; i++) {
    const [fromMs, untilMs] = [at(timesMs, i - 1), at(timesMs, i)]
    if (untilMs - fromMs > speedHoldsMs) continue
    const metres = ((at(values, i - 1) + at(values, i)) / 2 / 3_600) * (untilMs - fromMs)
    steps.push({ fromMs, untilMs, metres })
  }
  return steps
}

export function metresOf({ steps }: Way): number {
  return steps.reduce((sum, { metres }) => sum + metres, 0)
}

/** Heights are read each 20 m of the way, and are means of five: the noise of a barometer is no climb. */
const gridM = 20
const smoothed = 2

/** The rises and the falls of a way; undefined where no heights are known, or the way is too short. */
export function climbOf(way: Way, altitudes: Series): { upM: number; downM: number } | undefined {
  const heights = smooth(heightsOnGrid(along(way, altitudes.timesMs), altitudes.values))
  if (heights.length < 2) return undefined
  let [upM, downM] = [0, 0]
  for (let i = 1; i < heights.length; i++) {
    const rise = (heights[i] as number) - (heights[i - 1] as number)
    if (rise > 0) upM += rise
    else downM -= rise
  }
  return { upM, downM }
}

/** The metres that were gone at each of these times. */
function along({ steps }: Way, timesMs: Float64Array): Float64Array {
  let [next, gone] = [0, 0]
  return timesMs.map((timeMs) => {
    for (let step = steps[next]; step !== undefined && step.untilMs <= timeMs; step = steps[++next]) {
      gone += step.metres
    }
    const step = steps[next]
    if (step === undefined || step.fromMs >= timeMs) return gone
    return gone + (step.metres * (timeMs - step.fromMs)) / (step.untilMs - step.fromMs)
  })
}

function heightsOnGrid(metres: Float64Array, heights: Float64Array): number[] {
  const last = metres.length - 1
  const onGrid: number[] = []
  for (let next = 0, goneM = at(metres, 0); goneM <= at(metres, last); goneM += gridM) {
    while (next < last && at(metres, next) < goneM) next++
    const before = Math.max(0, next - 1)
    const way = at(metres, next) - at(metres, before)
    const share = way > 0 ? (goneM - at(metres, before)) / way : 1
    onGrid.push(at(heights, before) + share * (at(heights, next) - at(heights, before)))
  }
  return onGrid
}

function smooth(heights: readonly number[]): number[] {
  return heights.map((_, i) => {
    const near = heights.slice(Math.max(0, i - smoothed), i + smoothed + 1)
    return near.reduce((sum, height) => sum + height, 0) / near.length
  })
}
