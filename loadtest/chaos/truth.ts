// What phones and modules have recorded: the truth that every destination is compared with at the end.
import { type DecodedTrack, readTrack, type Track, writeTrack } from '../../proto/index.ts'

/** Kept as bytes of the wire, which take a twentieth of the memory. */
export interface Truth {
  add(tracks: readonly Track[]): void
  samples(): number
  bikes(): readonly string[]
  /** In the order of recording. */
  tracksOf(bikeId: string): DecodedTrack[]
}

export function createTruth(): Truth {
  const kept = new Map<string, Uint8Array[]>()
  let samples = 0
  return {
    add(tracks) {
      for (const track of tracks) {
        samples += track.timesMs.length
        const bytes = writeTrack(track)
        const known = kept.get(track.bikeId)
        if (known === undefined) kept.set(track.bikeId, [bytes])
        else known.push(bytes)
      }
    },
    samples: () => samples,
    bikes: () => [...kept.keys()],
    tracksOf: (bikeId) => (kept.get(bikeId) ?? []).map((bytes) => readTrack(bytes)),
  }
}
