// What our partitions are compared with: an index as Elasticsearch makes it by default, with the same fields.

import type { Slice } from '../core/telemetry/search/chunks.ts'
import { clockRuleName } from '../core/telemetry/search/document-writer.ts'
import { type FieldKey, fields } from '../proto/index.ts'

/** Ids as keywords, times as dates, the position as a geo_point, metrics in their units; all with their indices. */
export function regularIndexBody() {
  const keyword = { type: 'keyword' } as const
  const date = { type: 'date' } as const
  const metrics = fields.ride
    .filter(({ key }) => key !== 'latitude_deg' && key !== 'longitude_deg')
    .map(({ key, scale }) => [key, { type: scale === 1 ? ('long' as const) : ('float' as const) }])
  return {
    settings: { number_of_replicas: 0 },
    mappings: {
      dynamic: 'strict' as const,
      properties: {
        '@timestamp': date,
        bike_id: keyword,
        recorder_id: keyword,
        kind: keyword,
        rider_id: keyword,
        track_id: keyword,
        received_at: date,
        clock_rule: keyword,
        clock_offset_ms: { type: 'long' as const },
        position: { type: 'geo_point' as const },
        ...Object.fromEntries(metrics),
      },
    },
  }
}

const scales = new Map<FieldKey, number>(fields.ride.map(({ key, scale }) => [key, scale]))

/** The sample as one would write it down without a thought of its size. */
export function plainDocument({ plan, track }: Slice, sample: number): Record<string, unknown> {
  const cells = track.columns.flatMap(({ key, values }) => {
    const cell = values[sample] as number
    return Number.isNaN(cell) ? [] : [[key, cell / (scales.get(key) ?? 1)] as const]
  })
  const { latitude_deg: lat, longitude_deg: lon, ...metrics } = Object.fromEntries(cells)
  return {
    '@timestamp': (track.timesMs[sample] as number) + plan.offsetMs,
    bike_id: track.bikeId,
    recorder_id: track.recorderId,
    kind: track.kind,
    rider_id: plan.clean.riderId,
    track_id: plan.trackId,
    received_at: Number(plan.raw.receivedAtMs),
    clock_rule: clockRuleName(plan.clean.clockRule),
    clock_offset_ms: plan.offsetMs,
    ...(lat !== undefined && { position: { lat, lon } }),
    ...metrics,
  }
}
