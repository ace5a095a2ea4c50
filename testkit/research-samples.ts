// The research stream as its readers see it: records of tracks, expanded into samples, and under which name a bike is in them.
import type { Sql } from '../core/engines/postgres/client/connect.ts'
import type { ResearchTrack } from '../core/research/stream/port.ts'
import { subjectOf } from '../core/research/stream/pseudonym.ts'
import type { FieldKey, Kind } from '../proto/index.ts'
import { type IndependentReadOptions, readIndependently } from './independent-reader.ts'

export interface ResearchSample {
  readonly subject: string
  readonly person: string
  readonly kind: Kind
  readonly timeMs: number
  /** In human units, those that are there. */
  readonly values: Partial<Record<FieldKey, number>>
  /** When the record was written. */
  readonly timestampMs: number
}

/** Every committed sample of analytics.tracks, read with another client than the one that writes it. */
export async function* readResearchSamples(options: IndependentReadOptions): AsyncGenerator<ResearchSample> {
  for await (const { value, timestampMs } of readIndependently(options)) {
    yield* expandTrack(JSON.parse(String(value)) as ResearchTrack, timestampMs)
  }
}

/** All of them at once. */
export async function researchSamplesIn(options: IndependentReadOptions): Promise<ResearchSample[]> {
  const samples: ResearchSample[] = []
  for await (const sample of readResearchSamples(options)) samples.push(sample)
  return samples
}

/** `{…, time_ms: [1, 2], metrics: {odometer_m: [5, null]}}` → a sample at 1 with the odometer at 5, and one at 2 without values. */
function* expandTrack(record: ResearchTrack, timestampMs: number): Generator<ResearchSample> {
  const { subject, person, kind, time_ms, metrics } = record
  for (const [index, timeMs] of time_ms.entries()) {
    const cells = Object.entries(metrics).map(([key, values]) => [key, values[index] ?? null] as const)
    const values = Object.fromEntries(cells.filter(([, cell]) => cell !== null))
    yield { subject, person, kind, timeMs, values, timestampMs }
  }
}

/** By bike, under the key of whoever consents and owns it now. */
export async function subjectsByBike(sql: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ bikeId: string; key: string }[]>`
    select bike_id as "bikeId", key from research_keys join ownerships using (rider_id)
    where owned @> clock_timestamp()`
  return new Map(rows.map(({ bikeId, key }) => [bikeId, subjectOf(key, bikeId)]))
}
