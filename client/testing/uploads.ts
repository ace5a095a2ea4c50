// Sealed uploads whose tracks can be told apart: each has one sample, whose speed is its number.
import { readTrack } from '../../proto/index.ts'
import { type SealedUpload, sealUpload } from '../seal.ts'
import { bikeId, noonMs, recorderId } from './manual-clock.ts'

/** The tracks are numbered from `first` on; uploads made one after the other are to be sent in that order. */
export function newUpload({ tracks = 1, first = 0 } = {}): SealedUpload {
  return sealUpload({
    nowMs: noonMs + madeSoFar++,
    tracks: Array.from({ length: tracks }, (_, i) => ({
      bikeId,
      recorderId,
      kind: 'ride' as const,
      clock: { bootId: 1, clockEpoch: 1, monotonicStartMs: 1_000 },
      timesMs: [noonMs + first + i],
      columns: [{ key: 'speed_kmh' as const, values: [first + i] }],
    })),
  })
}

let madeSoFar = 0

/** The numbers of tracks. */
export function numbers(tracks: readonly Uint8Array[] = []): number[] {
  return tracks.map((bytes) => Number(readTrack(bytes).columns[0]?.values[0]))
}
