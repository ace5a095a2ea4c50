// Made-up records of telemetry.clean, as normalize would write them.
import { randomUUID } from 'node:crypto'
import { create, toBinary } from '@bufbuild/protobuf'
import { CleanTrackSchema, ClockRule, uuidBytes, uuidV7Bytes, writeTrack } from '../proto/index.ts'
import { rideTrack } from '../testkit/platform/rides.ts'

export interface CleanRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export interface CleanRecordsOptions {
  readonly bikes: number
  readonly tracksPerBike: number
  readonly samplesPerTrack: number
}

/** All bikes ride at the same time: first track of each, second track of each, and so on. */
export function* cleanRecords(options: CleanRecordsOptions): Generator<CleanRecord> {
  const { bikes, tracksPerBike, samplesPerTrack } = options
  const bikeIds = Array.from({ length: bikes }, () => randomUUID())
  const recorderId = randomUUID()
  const beginMs = Date.UTC(2024, 4, 1)
  for (let round = 0; round < tracksPerBike; round++) {
    const startMs = beginMs + round * samplesPerTrack * 1000
    for (const bikeId of bikeIds) {
      const track = writeTrack(rideTrack({ bikeId, recorderId, startMs, samples: samplesPerTrack }))
      const raw = {
        trackId: uuidV7Bytes(),
        uploadId: uuidV7Bytes(),
        sender: 'bench',
        receivedAtMs: BigInt(startMs + samplesPerTrack * 1000),
        track,
        samples: samplesPerTrack,
      }
      const clean = create(CleanTrackSchema, {
        raw,
        riderId: 'bench',
        clockRule: ClockRule.MONOTONIC,
        samples: [{ first: 0, count: samplesPerTrack }],
      })
      yield { key: uuidBytes(bikeId), value: toBinary(CleanTrackSchema, clean) }
    }
  }
}
