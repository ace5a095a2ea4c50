// What charts show of a ride, and its values at moments. Runs in the browser too. Pure.
import type { Rows } from './track.ts'

/** Metrics of the charts, in their order; those of one chart stand together. */
export const charted = [
  { metric: 'speed_kmh', name: 'Speed', unit: 'km/h', digits: 0, chart: 'Speed', colour: '--speed' },
  { metric: 'altitude_m', name: 'Height', unit: 'm', digits: 0, chart: 'Height', colour: '--height' },
  { metric: 'rider_power_w', name: 'You', unit: 'W', digits: 0, chart: 'Power', colour: '--rider' },
  { metric: 'motor_power_w', name: 'Motor', unit: 'W', digits: 0, chart: 'Power', colour: '--motor' },
  {
    metric: 'state_of_charge_pct',
    name: 'Charge',
    unit: '%',
    digits: 0,
    chart: 'Charge',
    colour: '--charge',
  },
] as const

/** A value stands for the rows after it for so long: metrics are measured at different moments. */
const holdsMs = 60_000
/** Of a ride with ten samples a second that is a minute. */
const mostRowsBack = 600

/** The value of a metric in that row, or the last one before it that still holds; undefined where there is none. */
export function valueAt({ times, bucketMs, columns }: Rows, metric: string, row: number): number | undefined {
  const column = columns[metric]
  const nowMs = times[row]
  if (column === undefined || nowMs === undefined) return undefined
  const earliestMs = nowMs - Math.max(holdsMs, 2 * bucketMs)
  for (let at = row; at >= Math.max(0, row - mostRowsBack); at--) {
    if ((times[at] ?? 0) < earliestMs) return undefined
    const value = column[at]
    if (value !== null && value !== undefined) return value
  }
  return undefined
}

/** The row nearest to a time, of rows in the order of time. `rowAt([0, 10, 20], 14)` → 1 */
export function rowAt(times: readonly number[], timeMs: number): number {
  let [low, high] = [0, times.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as number) < timeMs) low = middle + 1
    else high = middle
  }
  const before = times[low - 1]
  return before !== undefined && timeMs - before < (times[low] as number) - timeMs ? low - 1 : low
}

export interface Moment {
  readonly timeMs: number
  readonly values: Readonly<Record<string, number | undefined>>
}

/** So many moments at equal spans of time, the first and the last row among them; fewer of a ride with fewer rows. */
export function momentsOf(rows: Rows, count: number): Moment[] {
  const { times } = rows
  const [first, last] = [times[0], times.at(-1)]
  if (first === undefined || last === undefined) return []
  const wanted = Array.from({ length: count }, (_, index) =>
    rowAt(times, first + ((last - first) * index) / (count - 1)),
  )
  return [...new Set(wanted)].map((row) => ({
    timeMs: times[row] as number,
    values: Object.fromEntries(charted.map(({ metric }) => [metric, valueAt(rows, metric, row)])),
  }))
}
