// Makes a ride's streams from its samples, and finds the parts that lines may connect. Pure.
import { fields } from '../../../proto/index.ts'
import type { RideMetric, RideSample, RideStreams } from './port.ts'

/** After a longer silence the streams have a gap, and a line of positions is interrupted. */
export const longestSilenceMs = 60_000

const rideFields = [...fields.ride, ...fields.battery, ...fields.motor]

/** The metrics of streams in the order of files. */
export const rideMetrics: readonly RideMetric[] = rideFields.map(({ key }) => key)

/** Values are multiples of 1 / scale in the metric's unit. */
export const scaleOf = Object.fromEntries(rideFields.map(({ key, scale }) => [key, scale])) as Readonly<
  Record<RideMetric, number>
>

/**
 * The streams of samples in the order of time. Samples of one moment become one row, in which the first value of a metric counts;
 * one without values says nothing. Throws a RangeError where time runs backwards.
 *
 *     [{ timeMs: 0, values: { speed_kmh: 18 } }, { timeMs: 0, values: { current_a: 4 } }]
 *     → { times: [0], columns: { speed_kmh: [18], current_a: [4] }, bucketMs: 0 }
 */
export function toStreams(samples: Iterable<RideSample>): RideStreams {
  const rows = createRows()
  let lastMs = Number.NEGATIVE_INFINITY
  for (const { timeMs, values } of samples) {
    if (!(timeMs >= lastMs)) throw new RangeError(`a sample at ${timeMs} ms follows one at ${lastMs} ms`)
    if (Object.keys(values).length === 0) continue
    if (timeMs > lastMs) {
      if (timeMs - lastMs > longestSilenceMs && rows.times.length > 0) rows.add(lastMs + 1)
      rows.add(timeMs)
      lastMs = timeMs
    }
    for (const metric of rideMetrics) {
      const value = values[metric]
      if (value !== undefined) rows.set(metric, value)
    }
  }
  return rows.streams(0)
}

/** Collects streams row by row. */
export function createRows() {
  const times: number[] = []
  const columns = new Map<RideMetric, (number | null)[]>()
  const lengthen = (column: (number | null)[], length: number) => {
    while (column.length < length) column.push(null)
  }
  return {
    times: times as readonly number[],
    /** Begins a row, which is a gap until it gets a value. */
    add: (timeMs: number) => void times.push(timeMs),
    /** A value of the last row, unless it has one. */
    set(metric: RideMetric, value: number) {
      const column = columns.get(metric) ?? []
      if (column.length === 0) columns.set(metric, column)
      if (column.length === times.length) return
      lengthen(column, times.length - 1)
      column.push(value)
    },
    streams(bucketMs: number): RideStreams {
      for (const column of columns.values()) lengthen(column, times.length)
      const named = rideMetrics.flatMap((metric) => {
        const column = columns.get(metric)
        return column === undefined ? [] : [[metric, column]]
      })
      return { times, columns: Object.fromEntries(named), bucketMs }
    },
  }
}

/** Whether a row of the streams marks a gap. */
export function gapFinder({ columns }: RideStreams): (row: number) => boolean {
  const all = Object.values(columns)
  return (row) => all.every((column) => column[row] === null)
}

/** The value of a metric in a row; null where there is none. */
export function valueReader({ columns }: RideStreams): (metric: RideMetric, row: number) => number | null {
  return (metric, row) => columns[metric]?.[row] ?? null
}

/** Between two gaps: the rows `[from, until)`. */
export interface Stretch {
  readonly from: number
  readonly until: number
}

/** A ride of four rows with a gap in the third has the stretches `[0, 2)` and `[3, 4)`. */
export function stretches(streams: RideStreams): Stretch[] {
  const isGap = gapFinder(streams)
  const found: Stretch[] = []
  let from = 0
  for (let row = 0; row <= streams.times.length; row++) {
    if (row < streams.times.length && !isGap(row)) continue
    if (row > from) found.push({ from, until: row })
    from = row + 1
  }
  return found
}

/**
 * The rows with a position, in runs that a line may connect: no gap lies between two of its rows, and no more than a minute without a
 * position (of downsampled streams, two buckets).
 */
export function positionRuns(streams: RideStreams): number[][] {
  const valueAt = valueReader(streams)
  const longestMs = Math.max(longestSilenceMs, 2 * streams.bucketMs)
  const runs: number[][] = []
  for (const { from, until } of stretches(streams)) {
    let lastMs = Number.NEGATIVE_INFINITY
    for (let row = from; row < until; row++) {
      if (valueAt('latitude_deg', row) === null || valueAt('longitude_deg', row) === null) continue
      const timeMs = streams.times[row] as number
      if (timeMs - lastMs > longestMs) runs.push([])
      runs.at(-1)?.push(row)
      lastMs = timeMs
    }
  }
  return runs
}
