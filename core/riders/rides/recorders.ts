// Several recorders of one bike at once: which of them is heard, for each metric, whoever came first. Pure.
import type { FieldKey } from '../../../proto/index.ts'
import type { RideMetric, RideSample } from './port.ts'

/** A metric over time, in columns: rides have tens of thousands of samples. Times rise. */
export interface Series {
  readonly timesMs: Float64Array
  readonly values: Float64Array
}

/** Of those the phone knows better; all else the bike measures itself. */
const metricsOfPhones: ReadonlySet<FieldKey> = new Set(['latitude_deg', 'longitude_deg', 'altitude_m'])
/** Another recorder is heard where the better one was silent for longer, before and after. */
const silenceMs = 10_000

/** A sample of the ride's rule, or of its streams. */
interface Recorded {
  readonly timeMs: number
  readonly recorderId: string
}

export interface RecorderSamples<S extends Recorded = RideSample> {
  readonly recorderId: string
  readonly isModule: boolean
  readonly samples: readonly S[]
}

/** One entry a recorder, in the order of their ids. */
export function byRecorder<S extends Recorded>(
  samples: readonly S[],
  moduleIds: readonly string[],
): readonly RecorderSamples<S>[] {
  return [...Map.groupBy(samples, ({ recorderId }) => recorderId)]
    .map(([recorderId, of]) => ({ recorderId, isModule: moduleIds.includes(recorderId), samples: of }))
    .sort((a, b) => (a.recorderId < b.recorderId ? -1 : 1))
}

/** The better one first: of positions the phone, of all else the bike's module; of equal ones the smaller id. */
export function inPrecedence<S extends Recorded>(
  metric: FieldKey,
  recorders: readonly RecorderSamples<S>[],
): readonly RecorderSamples<S>[] {
  const phonesFirst = metricsOfPhones.has(metric)
  return recorders.toSorted((a, b) => Number(a.isModule === phonesFirst) - Number(b.isModule === phonesFirst))
}

/** A metric over time as the recorders tell it together. */
export function merged(metric: RideMetric, recorders: readonly RecorderSamples[]): Series {
  return mergedBy(metric, recorders, ({ values }) => values[metric])
}

/** The same for what `readOf` reads from samples, in the precedence of `metric`. */
export function mergedBy<S extends Recorded>(
  metric: FieldKey,
  recorders: readonly RecorderSamples<S>[],
  readOf: (sample: S) => number | undefined,
): Series {
  return mergeSeries(inPrecedence(metric, recorders).map(({ samples }) => seriesOf(samples, readOf)))
}

function seriesOf<S extends Recorded>(
  samples: readonly S[],
  readOf: (sample: S) => number | undefined,
): Series {
  const timesMs = new Float64Array(samples.length)
  const values = new Float64Array(samples.length)
  let length = 0
  for (const sample of samples) {
    const value = readOf(sample)
    if (value === undefined) continue
    timesMs[length] = sample.timeMs
    values[length++] = value
  }
  return { timesMs: timesMs.subarray(0, length), values: values.subarray(0, length) }
}

/**
 * The points of the first series, and those of later ones that lie further than 10 s from all points before.
 * Points at 0 and 60 s, and others at 5 and 30 s → those at 0, 30 and 60 s.
 */
function mergeSeries(series: readonly Series[]): Series {
  let better: Series = { timesMs: new Float64Array(), values: new Float64Array() }
  for (const other of series) better = withHeard(better, other)
  return better
}

function withHeard(better: Series, other: Series): Series {
  if (better.timesMs.length === 0) return other
  const points: { timeMs: number; value: number }[] = []
  let next = 0
  for (let i = 0; i < other.timesMs.length; i++) {
    const timeMs = at(other.timesMs, i)
    while (next < better.timesMs.length && at(better.timesMs, next) <= timeMs) next++
    const before = better.timesMs[next - 1] ?? Number.NEGATIVE_INFINITY
    const after = better.timesMs[next] ?? Number.POSITIVE_INFINITY
    if (timeMs - before > silenceMs && after - timeMs > silenceMs) {
      points.push({ timeMs, value: at(other.values, i) })
    }
  }
  if (points.length === 0) return better
  for (let i = 0; i < better.timesMs.length; i++) {
    points.push({ timeMs: at(better.timesMs, i), value: at(better.values, i) })
  }
  points.sort((a, b) => a.timeMs - b.timeMs)
  return {
    timesMs: Float64Array.from(points, ({ timeMs }) => timeMs),
    values: Float64Array.from(points, ({ value }) => value),
  }
}

/** A cell that is there. */
export const at = (column: Float64Array, index: number): number => column[index] as number
