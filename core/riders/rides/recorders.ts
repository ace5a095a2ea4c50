// Several recorders of one bike at once: which of them is heard, for each metric, whoever came first. Pure.
import type { FieldKey } from '../../../proto/index.ts'
import type { RideMetric, RideSample } from './port.ts'

export interface Point {
  readonly timeMs: number
  readonly value: number
}

/** Of those the phone knows better; all else the bike measures itself. */
const metricsOfPhones: ReadonlySet<FieldKey> = new Set(['latitude_deg', 'longitude_deg', 'altitude_m'])
/** Another recorder is heard where the better one was silent for longer, before and after. */
const silenceMs = 10_000

export interface RecorderSamples {
  readonly recorderId: string
  readonly isModule: boolean
  readonly samples: readonly RideSample[]
}

/** One entry a recorder, in the order of their ids. */
export function byRecorder(
  samples: readonly RideSample[],
  moduleIds: readonly string[],
): readonly RecorderSamples[] {
  return [...Map.groupBy(samples, ({ recorderId }) => recorderId)]
    .map(([recorderId, of]) => ({ recorderId, isModule: moduleIds.includes(recorderId), samples: of }))
    .sort((a, b) => (a.recorderId < b.recorderId ? -1 : 1))
}

/** The better one first: of positions the phone, of all else the bike's module; of equal ones the smaller id. */
export function inPrecedence(
  metric: FieldKey,
  recorders: readonly RecorderSamples[],
): readonly RecorderSamples[] {
  const phonesFirst = metricsOfPhones.has(metric)
  return recorders.toSorted((a, b) => Number(a.isModule === phonesFirst) - Number(b.isModule === phonesFirst))
}

/** A metric over time as the recorders tell it together. */
export function merged(metric: RideMetric, recorders: readonly RecorderSamples[]): readonly Point[] {
  return mergeSeries(
    inPrecedence(metric, recorders).map(({ samples }) =>
      samples.flatMap(({ timeMs, values }) => {
        const value = values[metric]
        return value === undefined ? [] : [{ timeMs, value }]
      }),
    ),
  )
}

/**
 * The points of the first series, and those of later ones that lie further than 10 s from all points before.
 * `[[0 s, 60 s], [5 s, 30 s]]` → 0 s, 30 s, 60 s.
 */
export function mergeSeries(series: readonly (readonly Point[])[]): readonly Point[] {
  let better: readonly Point[] = []
  for (const other of series) {
    const heard = heardBeside(better, other)
    if (heard.length > 0) better = better.concat(heard).sort((a, b) => a.timeMs - b.timeMs)
  }
  return better
}

function heardBeside(better: readonly Point[], other: readonly Point[]): readonly Point[] {
  let next = 0
  return other.filter(({ timeMs }) => {
    while (next < better.length && (better[next] as Point).timeMs <= timeMs) next++
    const before = better[next - 1]?.timeMs ?? Number.NEGATIVE_INFINITY
    const after = better[next]?.timeMs ?? Number.POSITIVE_INFINITY
    return timeMs - before > silenceMs && after - timeMs > silenceMs
  })
}
