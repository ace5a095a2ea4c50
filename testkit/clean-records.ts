// Records as normalize and search would write them, for tests of the stages behind them.
import { create, toBinary } from '@bufbuild/protobuf'
import {
  CleanTrackSchema,
  type SampleRange,
  StoredTrackSchema,
  type Track,
  uuidBytes,
  uuidV7Bytes,
  writeTrack,
} from '../proto/index.ts'

export interface CleanRecordOptions {
  readonly track: Track
  readonly riderId: string
  readonly trackId?: Uint8Array
  readonly uploadId?: Uint8Array
  readonly trackIndex?: number
  readonly receivedAtMs?: number
  readonly clockOffsetMs?: number
  /** All samples when absent. */
  readonly samples?: readonly Pick<SampleRange, 'first' | 'count'>[]
}

export interface KeyedValue {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

function cleanTrack(options: CleanRecordOptions) {
  const { track, riderId, samples = [{ first: 0, count: track.timesMs.length }] } = options
  return create(CleanTrackSchema, {
    raw: {
      trackId: options.trackId ?? uuidV7Bytes(),
      uploadId: options.uploadId ?? uuidV7Bytes(),
      trackIndex: options.trackIndex ?? 0,
      sender: riderId,
      receivedAtMs: BigInt(options.receivedAtMs ?? Date.now()),
      track: writeTrack(track),
      samples: track.timesMs.length,
    },
    riderId,
    clockOffsetMs: BigInt(options.clockOffsetMs ?? 0),
    samples: [...samples],
  })
}

/** A record of `telemetry.clean`. */
export function cleanRecord(options: CleanRecordOptions): KeyedValue {
  return { key: uuidBytes(options.track.bikeId), value: toBinary(CleanTrackSchema, cleanTrack(options)) }
}

/** A record of `telemetry.stored`: `samples` are those in the search store. */
export function storedRecord(options: CleanRecordOptions): KeyedValue {
  const clean = cleanTrack(options)
  const stored = create(StoredTrackSchema, { clean, samples: clean.samples })
  return { key: uuidBytes(options.track.bikeId), value: toBinary(StoredTrackSchema, stored) }
}
