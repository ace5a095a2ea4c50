// Clean tracks for the tests and benchmarks of the search worker.
import { create, toBinary } from '@bufbuild/protobuf'
import {
  CleanTrackSchema,
  ClockRule,
  type Column,
  type Kind,
  uuidBytes,
  uuidText,
  uuidV7Bytes,
  writeTrack,
} from '../../../../proto/index.ts'

export interface CleanTrackFixture {
  readonly bikeId: string
  readonly recorderId: string
  readonly kind?: Kind
  readonly timesMs: readonly number[]
  readonly columns?: readonly Column[]
  readonly trackId?: string
  readonly riderId?: string
  readonly recordingId?: number
  readonly offsetMs?: number
  readonly receivedAtMs?: number
  /** All samples unless told otherwise. */
  readonly ranges?: readonly { readonly first: number; readonly count: number }[]
}

export function newId(): string {
  return uuidText(uuidV7Bytes())
}

/** The bytes of a record of `telemetry.clean`. */
export function cleanTrack(of: CleanTrackFixture): Uint8Array {
  const { bikeId, recorderId, kind = 'ride', timesMs, trackId = newId(), offsetMs = 0, ranges } = of
  const { riderId = 'rider-1', recordingId } = of
  const columns = of.columns ?? [
    { key: 'speed_kmh', values: timesMs.map((time) => Math.floor(time / 1000) % 45_000) },
  ]
  const raw = {
    trackId: uuidBytes(trackId),
    uploadId: uuidV7Bytes(),
    sender: riderId,
    receivedAtMs: BigInt(of.receivedAtMs ?? (timesMs.at(-1) as number) + 60_000),
    track: writeTrack({
      ...{ bikeId, recorderId, kind, clock: { bootId: 1, clockEpoch: 1 }, timesMs, columns },
      ...(recordingId !== undefined && { recordingId }),
    }),
    samples: timesMs.length,
  }
  const clean = create(CleanTrackSchema, {
    raw,
    riderId,
    clockRule: offsetMs === 0 ? ClockRule.NONE : ClockRule.SENT_AT,
    clockOffsetMs: BigInt(offsetMs),
    samples: ranges ? [...ranges] : [{ first: 0, count: timesMs.length }],
  })
  return toBinary(CleanTrackSchema, clean)
}
