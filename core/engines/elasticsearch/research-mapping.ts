// How a sample is kept in the research copy: under the names of the stream, with the metrics of its kind, without its place.
//
// Metrics are named and kept as in the telemetry store (mapping.ts): `speed_kmh_e3` is the speed in thousandths.
import type { Kind } from '../../../proto/index.ts'
import { monthBody, monthName, partitionPatterns, type StoredField, storedFields } from './mapping.ts'
import type { Partition } from './port.ts'

const dimension = { type: 'keyword', time_series_dimension: true }
const column = { type: 'long', index: false }

/** With the time they are a sample's identity. */
const dimensions = ['subject', 'recorder', 'kind'] as const
const places: ReadonlySet<string> = new Set(['latitude_deg', 'longitude_deg'])
const withoutPlace = (stored: readonly StoredField[]) => stored.filter(({ key }) => !places.has(key))

/** The metrics of each kind as they stand in documents of the copy. */
export const researchFields: Readonly<Record<Kind, readonly StoredField[]>> = {
  ride: withoutPlace(storedFields.ride),
  battery: storedFields.battery,
  motor: storedFields.motor,
  fault: storedFields.fault,
}

/** The mapping's properties: every kind in every index. */
export function researchProperties(): Record<string, object> {
  const metrics = Object.values(researchFields).flatMap((stored) => stored.map(({ name }) => [name, column]))
  return {
    '@timestamp': { type: 'date' },
    ...Object.fromEntries(dimensions.map((name) => [name, dimension])),
    // A withdrawal finds a person's samples by it.
    person: { type: 'keyword' },
    ...Object.fromEntries(metrics),
  }
}

/** The body that creates an index of a month. */
export const researchIndexBody = (month: Pick<Partition, 'fromMs' | 'toMs'>): object =>
  monthBody(month, { dimensions, properties: researchProperties(), refreshInterval: '5s' })

/** What the names of all indices of the copy begin with; also the name of its template. */
export function researchName(namespace: string): string {
  return namespace === '' ? 'research' : `${namespace}-research`
}

/** Match the indices of all months, and no other. */
export const researchPatterns = (namespace: string) => partitionPatterns(researchName(namespace))

/** `research-ride-2023.11`. */
export const researchIndex = (namespace: string, partition: Partition) =>
  monthName(researchName(namespace), partition)
