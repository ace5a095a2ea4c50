// The streams of a ride from the stored samples, in which each metric is heard from one recorder at a time.
import {
  maxPageSamples,
  type Sample,
  type SampleQuery,
  type TelemetryReader,
} from '../../engines/elasticsearch/port.ts'
import { byRecorder, mergedBy } from '../rides/recorders.ts'
import { type ClockCorrection, clockList } from './export/clocks.ts'
import type { RideMetric, RideSample, RideStreams } from './port.ts'
import { rideMetrics, toStreams } from './streams.ts'

/** No ride has more: those that are found have 400,000 of `ride` and `battery` in two days, and a motor tells as often. */
const mostSamples = 1_000_000

/** A ride, as its samples are asked for; [fromMs, untilMs]. */
export interface RideToRead {
  readonly bikeId: string
  /** Only samples within one of these; all where it is undefined. */
  readonly windows?: SampleQuery['windows'] | undefined
  readonly fromMs: number
  readonly untilMs: number
  /** The recorders that are modules of the bike. */
  readonly moduleIds: readonly string[]
}

export interface ReadRide {
  readonly streams: RideStreams
  readonly clocks: readonly ClockCorrection[]
}

interface RecordedSample extends RideSample {
  readonly recorderId: string
}

/** Rejects where the store does not answer, and where the ride has more than a million samples. */
export async function readRideStreams(
  { moduleIds, bikeId, fromMs, untilMs, windows }: RideToRead,
  store: TelemetryReader,
): Promise<ReadRide> {
  const samples: RecordedSample[] = []
  const clocks = clockList()
  const query = { bikeId, fromMs, toMs: untilMs + 1, ...(windows && { windows }) }
  for await (const page of samplePages(query, store)) {
    for (const { timeMs, kind, recorderId, values, provenance } of page) {
      if (kind === 'fault') continue
      clocks.add(recorderId, provenance)
      samples.push({ timeMs, recorderId, values })
    }
    if (samples.length > mostSamples) throw new Error(`a ride of more than ${mostSamples} samples`)
  }
  return { streams: toStreams(heard(samples, moduleIds)), clocks: clocks.all() }
}

/** All samples of a question, oldest first. */
export async function* samplePages(
  query: Omit<SampleQuery, 'limit' | 'cursor' | 'oldestFirst'>,
  { readSamples }: TelemetryReader,
): AsyncGenerator<readonly Sample[]> {
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await readSamples({ ...query, limit: maxPageSamples, oldestFirst: true, cursor })
    if (page.samples.length > 0) yield page.samples
    cursor = page.next
    more = cursor !== undefined
  }
}

/** In the order of time; where several recorded at once, the values that the rule of docs/riders.md hears. */
function heard(samples: readonly RecordedSample[], moduleIds: readonly string[]): readonly RideSample[] {
  const recorders = byRecorder(samples, moduleIds)
  if (recorders.length < 2) return samples
  const rows = new Map<number, Partial<Record<RideMetric, number>>>()
  for (const metric of rideMetrics) {
    const { timesMs, values } = mergedBy(metric, recorders, (sample) => sample.values[metric])
    for (const [at, timeMs] of timesMs.entries()) {
      const row = rows.get(timeMs) ?? {}
      row[metric] = values[at] as number
      rows.set(timeMs, row)
    }
  }
  return [...rows].sort(([a], [b]) => a - b).map(([timeMs, values]) => ({ timeMs, values }))
}
