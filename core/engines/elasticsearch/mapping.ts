// How a sample is kept: the names of its index, the fields of its document and what they cost.
//
// Metrics are the integers of the wire (proto/codec/fields.ts), as `long` without an index: a third of the bytes of
// doubles, exact to compare, and available in every distribution (`scaled_float` is not). Where the integer is a
// multiple of the unit, the name says so: `odometer_m_e2` is the odometer in metres times 10^2. Positions are two such
// columns, not a geo_point: no promised query searches by place, and the pair costs a third less. What has no index is
// still found through the bike or the rider and read as a column. The recorded time is the event time less
// `clock_offset_ms` and not kept twice.
import { type Field, type FieldKey, fields, type Kind, kinds } from '../../../proto/index.ts'
import type { Tier } from '../../telemetry/tiers/port.ts'
import type { Partition } from './port.ts'

const dimension = { type: 'keyword', time_series_dimension: true }
const column = { type: 'long', index: false }
const keywordColumn = { type: 'keyword', index: false }

/** The dimensions: with the time they are a sample's identity. */
const dimensions = ['bike_id', 'recorder_id', 'kind'] as const

const provenance = {
  // Erasure finds a rider's samples by it.
  rider_id: { type: 'keyword' },
  track_id: keywordColumn,
  // Absent where the recorder names no recordings.
  recording_id: column,
  received_at: { type: 'date', index: false },
  clock_rule: keywordColumn,
  clock_offset_ms: column,
}

/** A metric's name in a document: `odometer_m_e2` for `odometer_m` in hundredths. */
function storedName({ key, scale }: Field): string {
  return scale === 1 ? key : `${key}_e${Math.log10(scale)}`
}

export interface StoredField {
  readonly key: FieldKey
  readonly name: string
  readonly scale: number
  readonly none: Field['none']
}

/** The metrics of each kind as they stand in documents. */
export const storedFields: Readonly<Record<Kind, readonly StoredField[]>> = {
  ride: fields.ride.map(stored),
  battery: fields.battery.map(stored),
  motor: fields.motor.map(stored),
  fault: fields.fault.map(stored),
}

function stored(field: Field & { readonly key: FieldKey }): StoredField {
  return { key: field.key, name: storedName(field), scale: field.scale, none: field.none }
}

/** The mapping's properties: every kind in every index, so that readers can search all partitions alike. */
export function properties(): Record<string, object> {
  const metrics = kinds.flatMap((kind) => storedFields[kind].map(({ name }) => [name, column] as const))
  return {
    '@timestamp': { type: 'date' },
    ...Object.fromEntries(dimensions.map((name) => [name, dimension])),
    ...provenance,
    ...Object.fromEntries(metrics),
  }
}

/** Names the tiers of an index, the best first: where a cluster has no nodes of the first, it lies on the next. */
export const tierSetting = 'index.routing.allocation.include._tier_preference'
export const tierPreference: Readonly<Record<Tier, string>> = {
  hot: 'data_hot',
  warm: 'data_warm,data_hot',
  cold: 'data_cold,data_warm,data_hot',
}

type Month = Pick<Partition, 'fromMs' | 'toMs'>

/** The body that creates an index of a partition. Set by hand, so that an index nobody searches is refreshed all the same. */
export const indexBody = (month: Month): object =>
  monthBody(month, { dimensions, properties: properties(), refreshInterval: '400ms' })

/** An index of samples of a month; with the time the dimensions are their identity. Bounds and mode must come in the same request. */
export function monthBody(
  { fromMs, toMs }: Month,
  samples: { dimensions: readonly string[]; properties: object; refreshInterval: string },
): object {
  return {
    settings: {
      'index.mode': 'time_series',
      'index.routing_path': samples.dimensions,
      'index.time_series.start_time': new Date(fromMs).toISOString(),
      'index.time_series.end_time': new Date(toMs).toISOString(),
      'index.codec': 'best_compression',
      'index.number_of_shards': 1,
      'index.auto_expand_replicas': '0-1',
      'index.refresh_interval': samples.refreshInterval,
      [tierSetting]: tierPreference.hot,
    },
    mappings: { dynamic: 'strict', properties: samples.properties },
  }
}

/** All readers read this alias. */
export function aliasName(namespace: string): string {
  return namespace === '' ? 'telemetry' : `${namespace}-telemetry`
}

/** Match the indices of all months whose names begin so, and no other. */
export const partitionPatterns = (base: string) => [`${base}-ride-*`, `${base}-system-*`]

/** `telemetry-ride-2023.11`: the name of the first generation. */
export const partitionName = (namespace: string, partition: Partition) =>
  monthName(aliasName(namespace), partition)

/** `research` and November 2023 of rides → `research-ride-2023.11`. */
export function monthName(base: string, { group, fromMs }: Partition): string {
  const [year, month] = new Date(fromMs).toISOString().split('-')
  return `${base}-${group}-${year}.${month}`
}

/** `telemetry-ride-2023.11`, then its siblings `telemetry-ride-2023.11-s1`, `…-s2`. */
export function generationName(partition: string, generation: number): string {
  return generation === 0 ? partition : `${partition}-s${generation}`
}

/** Splits an index name into its partition's name and its generation; undefined for names that are none of ours. */
export function parseIndexName(index: string): { partition: string; generation: number } | undefined {
  const match = /^(.*telemetry-(?:ride|system)-\d{4,}\.\d{2})(?:-s([1-9]\d*))?$/.exec(index)
  if (match === null) return undefined
  return { partition: match[1] as string, generation: Number(match[2] ?? 0) }
}

/** The indices of every partition, oldest generation first. */
export function groupGenerations(indices: readonly string[]): Map<string, string[]> {
  const found = new Map<string, { index: string; generation: number }[]>()
  for (const index of indices) {
    const name = parseIndexName(index)
    if (name === undefined) continue
    const generations = found.get(name.partition) ?? []
    generations.push({ index, generation: name.generation })
    found.set(name.partition, generations)
  }
  const ordered = new Map<string, string[]>()
  for (const [partition, generations] of found) {
    ordered.set(
      partition,
      generations.sort((a, b) => a.generation - b.generation).map(({ index }) => index),
    )
  }
  return ordered
}
