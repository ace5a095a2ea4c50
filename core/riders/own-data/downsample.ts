// Fewer rows for charts and maps: the means of equal spans of time. Pure.
//
// Means rather than picked samples (such as largest triangle three buckets): ride, battery and motor are sampled at different moments,
// so most rows lack most metrics, and a row picked for its speed would drop the battery's curve. The price: a peak that is shorter
// than a bucket is flattened. The summary of a ride has the peaks.
import type { RideMetric, RideStreams } from './port.ts'
import { createRows, rideMetrics, scaleOf, stretches } from './streams.ts'

/** Rows that a resolution has at most, besides those that gaps add. */
const mostRows = { low: 100, medium: 1_000, high: 10_000, all: Number.POSITIVE_INFINITY }

export type Resolution = keyof typeof mostRows

export const resolutions = Object.keys(mostRows) as Resolution[]

/** Their last value in a bucket counts: a mean of levels is no level, and a meter shows where it got to. */
const lastCounts: ReadonlySet<RideMetric> = new Set(['assist_level', 'charge_cycles', 'odometer_m'])

/**
 * The ride in at most 100, 1,000 or 10,000 rows, or as it is. A row stands for a bucket of `bucketMs`: its time and values are means
 * of the samples there, rounded as the metric's own values are. Gaps stay, and split the bucket in which they lie, so that each gap adds
 * up to two rows: nothing is averaged across a gap. A metric without a sample in a bucket is null there.
 *
 *     times 0, 1, … 199 s at 'low' → times 0.5, 2.5, … 198.5 s, bucketMs 2000
 */
export function downsample(streams: RideStreams, resolution: Resolution): RideStreams {
  const { times } = streams
  const [firstMs, lastMs] = [times[0], times.at(-1)]
  if (firstMs === undefined || lastMs === undefined || times.length <= mostRows[resolution]) return streams
  const bucketMs = Math.ceil((lastMs - firstMs + 1) / mostRows[resolution])
  const rows = createRows()
  for (const { from, until } of stretches(streams)) {
    if (rows.times.length > 0) rows.add(times[from - 1] as number)
    for (let row = from; row < until; ) {
      const bucketEndsMs =
        firstMs + bucketMs * (Math.floor(((times[row] as number) - firstMs) / bucketMs) + 1)
      let end = row + 1
      while (end < until && (times[end] as number) < bucketEndsMs) end++
      rows.add(Math.floor(meanOf(times.slice(row, end))))
      for (const metric of rideMetrics) {
        const values = (streams.columns[metric]?.slice(row, end) ?? []).filter((value) => value !== null)
        if (values.length > 0) rows.set(metric, summaryOf(metric, values))
      }
      row = end
    }
  }
  return rows.streams(bucketMs)
}

function summaryOf(metric: RideMetric, values: readonly number[]): number {
  if (lastCounts.has(metric)) return values.at(-1) as number
  const scale = scaleOf[metric]
  const mean = metric === 'longitude_deg' ? meanLongitudeDeg(values) : meanOf(values)
  return Math.round(mean * scale) / scale
}

/** By differences from the first value, which stay exact where the values are large, as Unix times are. */
function meanOf(values: readonly number[]): number {
  const first = values[0] as number
  return first + values.reduce((sum, value) => sum + (value - first), 0) / values.length
}

/** 179 and -179 have the mean 180, not 0. */
function meanLongitudeDeg(values: readonly number[]): number {
  const first = values[0] as number
  const near = (value: number) => value - 360 * Math.round((value - first) / 360)
  const mean = meanOf(values.map(near))
  return mean - 360 * Math.round(mean / 360)
}
