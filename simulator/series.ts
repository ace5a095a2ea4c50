// What a ride leaves behind: for each kind of measurement its true times and columns, ready to be cut into tracks.
import { type Column, type FieldKey, fields, type Kind, kinds } from '../proto/index.ts'

export interface Series<K extends Kind = Kind> {
  readonly kind: K
  /** True event times, Unix milliseconds, strictly increasing. */
  readonly timesMs: Float64Array
  /** Integers in the fields' scales, one a sample; NaN where the cell is missing. */
  readonly columns: readonly Column<FieldKey<K>>[]
}

/** One sample: when it was measured and its values in human units; what is absent was not measured. */
export interface Measurement<K extends Kind = Kind> {
  readonly timeMs: number
  readonly values: Partial<Record<FieldKey<K>, number>>
}

/** Turns samples into columns, rounded to the fields' scales and held within their ranges. */
export function toSeries<K extends Kind>(kind: K, samples: readonly Measurement<K>[]): Series<K> {
  const columns = (fields[kind] as readonly { key: FieldKey<K>; scale: number; min: number; max: number }[])
    .filter(({ key }) => samples.some(({ values }) => values[key] !== undefined))
    .map(({ key, scale, min, max }) => ({
      key,
      values: Float64Array.from(samples, ({ values }) =>
        Math.min(max, Math.max(min, Math.round((values[key] ?? Number.NaN) * scale))),
      ),
    }))
  return { kind, timesMs: Float64Array.from(samples, ({ timeMs }) => timeMs), columns }
}

/** The samples [from, to) of a series. */
export function sliceSeries<K extends Kind>(series: Series<K>, from: number, to: number): Series<K> {
  return {
    kind: series.kind,
    timesMs: series.timesMs.slice(from, to),
    columns: series.columns.map(({ key, values }) => ({
      key,
      values: Float64Array.from(Array.prototype.slice.call(values, from, to)),
    })),
  }
}

/** Moves a series in time. */
export function shiftSeries<K extends Kind>(series: Series<K>, byMs: number): Series<K> {
  return { ...series, timesMs: series.timesMs.map((timeMs) => timeMs + byMs) }
}

/** Cuts series where the clock reaches each of `cutsMs` (increasing): what was recorded before the first cut, and so on. */
export function cutSeries(series: readonly Series[], cutsMs: readonly number[]): Series[][] {
  const bounds = [Number.NEGATIVE_INFINITY, ...cutsMs, Number.POSITIVE_INFINITY]
  return bounds.slice(1).map((untilMs, i) => {
    const fromMs = bounds[i] as number
    return series
      .map((one) => sliceSeries(one, position(one.timesMs, fromMs), position(one.timesMs, untilMs)))
      .filter(({ timesMs }) => timesMs.length > 0)
  })
}

/** Index of the first time that is not before `timeMs`. */
function position(timesMs: Float64Array, timeMs: number): number {
  const index = timesMs.findIndex((one) => one >= timeMs)
  return index === -1 ? timesMs.length : index
}

export function countSamples(series: readonly Series[]): number {
  return series.reduce((sum, { timesMs }) => sum + timesMs.length, 0)
}

/** The values of one metric in human units, NaN where missing; undefined when no series has it. */
export function metric(series: readonly Series[], key: FieldKey): Float64Array | undefined {
  const scale = kinds.flatMap((kind) => [...fields[kind]]).find((field) => field.key === key)?.scale ?? 1
  const column = series.flatMap(({ columns }) => columns).find((one) => one.key === key)
  return column && Float64Array.from(column.values, (value) => value / scale)
}
