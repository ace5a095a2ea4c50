// Samples as the tracks of which they are told.
import { type FieldKey, fields } from '../../../../proto/index.ts'
import { cleanTrack, newId } from '../../../telemetry/search/testing/fixtures.ts'
import type { RideSample } from '../port.ts'

const scales = new Map<FieldKey, number>(
  [...fields.ride, ...fields.battery].map(({ key, scale }) => [key, scale]),
)

/** Records of telemetry.clean with these samples, in tracks of at most `most` samples. */
export function tracksOf(bikeId: string, samples: readonly RideSample[], most: number): Uint8Array[] {
  const groups = Map.groupBy(samples, ({ recorderId, kind, recordingId }) =>
    [recorderId, kind, recordingId].join(),
  )
  return [...groups.values()].flatMap((group) =>
    Array.from({ length: Math.ceil(group.length / most) }, (_, i) =>
      trackOf(bikeId, group.slice(i * most, (i + 1) * most)),
    ),
  )
}

function trackOf(bikeId: string, samples: readonly RideSample[]): Uint8Array {
  const [first] = samples as [RideSample]
  const keys = [
    ...new Set(samples.flatMap(({ values }) => Object.keys(values))),
  ] as (keyof RideSample['values'])[]
  return cleanTrack({
    ...{ bikeId, recorderId: first.recorderId, kind: first.kind, trackId: newId() },
    ...(first.recordingId !== undefined && { recordingId: first.recordingId }),
    timesMs: samples.map(({ timeMs }) => timeMs),
    columns: keys.map((key) => ({
      key,
      values: samples.map(({ values }) =>
        Math.round((values[key] ?? Number.NaN) * (scales.get(key) as number)),
      ),
    })),
  })
}
