// What sensors, displays and firmware really send: told, with what is true of it. The truth has a gap where a cell counts for nothing.
import type { FieldKey } from '../proto/index.ts'
import { type Series, shiftSeries } from './series.ts'

/** A ride as a recorder tells it, and what counts of that; sample by sample the same. */
export interface ToldRide {
  readonly told: readonly Series[]
  readonly truth: readonly Series[]
}

/** Of every seventh sample: no fix is 0/0, codes say that there is no value, a speed is below zero. In the units of the wire. */
const everyNth = 7
const wrong: Partial<Record<FieldKey, number>> = {
  ...{ latitude_deg: 0, longitude_deg: 0, cadence_rpm: 0xff, speed_kmh: -1 },
  ...{ voltage_v: 0xffff, charge_cycles: 0xffff },
}

/**
 * A ride whose sensors fail now and then, and whose display is exchanged in the middle: its odometer begins anew.
 *
 *     speed 18 19 20 …, odometer 900 905 910 … → told -1 19 20 …, 900 905 … 0 5 …; true – 19 20 …
 */
export function withSensorFaults(ride: readonly Series[]): ToldRide {
  const renewed = ride.map(withNewDisplay)
  return {
    told: renewed.map((series) => withCells(series, (key, value) => wrong[key] ?? value)),
    truth: renewed.map((series) => withCells(series, (key, value) => (key in wrong ? Number.NaN : value))),
  }
}

function withCells<S extends Series>(series: S, failing: (key: FieldKey, value: number) => number): S {
  const columns = series.columns.map(({ key, values }) => ({
    key,
    values: Float64Array.from(values, (value, i) => (i % everyNth === 0 ? failing(key, value) : value)),
  }))
  return { ...series, columns }
}

function withNewDisplay<S extends Series>(series: S): S {
  const columns = series.columns.map((column) => {
    if (column.key !== 'odometer_m') return column
    const half = Math.floor(column.values.length / 2)
    const readBefore = column.values[half] ?? 0
    return {
      key: column.key,
      values: Float64Array.from(column.values, (value, i) => (i < half ? value : value - readBefore)),
    }
  })
  return { ...series, columns }
}

/**
 * A ride whose times are seconds and are told as milliseconds: an hour of a sample a second lasts 3.6 s. Nothing of it counts. Single
 * events have no pace, so they are left out.
 */
export function inSeconds(ride: readonly Series[]): ToldRide {
  const paced = ride.filter(({ kind }) => kind !== 'fault')
  const told = paced.map((series) => {
    const firstMs = series.timesMs[0] ?? 0
    return { ...series, timesMs: series.timesMs.map((_, i) => firstMs + i) }
  })
  return { told, truth: [] }
}

/** The same ride by a second recorder, half a second later each time, and by both together. */
export function bySecondRecorder(ride: readonly Series[]): {
  readonly second: readonly Series[]
  readonly both: readonly Series[]
} {
  const second = ride.map((series) => shiftSeries(series, 500))
  return { second, both: ride.map((series, i) => merged(series, second[i] as Series)) }
}

/** Of equal columns, in the order of time. */
function merged(one: Series, other: Series): Series {
  const joined = (a: ArrayLike<number>, b: ArrayLike<number>) => [...Array.from(a), ...Array.from(b)]
  const timesMs = joined(one.timesMs, other.timesMs)
  const order = timesMs.map((_, i) => i).sort((a, b) => (timesMs[a] as number) - (timesMs[b] as number))
  const inOrder = (values: readonly number[]) => Float64Array.from(order, (i) => values[i] as number)
  return {
    ...one,
    timesMs: inOrder(timesMs),
    columns: one.columns.map(({ key, values }, i) => ({
      key,
      values: inOrder(joined(values, other.columns[i]?.values ?? values)),
    })),
  }
}
