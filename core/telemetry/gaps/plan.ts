// Which recorders a batch concerns, and what changes of their numbers. Pure.
import type { RecorderToLock, SeenTracks, SequencesChange } from './port.ts'
import { beginAt, type Sequences, see } from './sequences.ts'

/** One entry a recorder: `r1: 7`, `r2: 3`, `r1: 5` → `r1: 7 5`, `r2: 3`. */
export function byRecorder(tracks: readonly SeenTracks[]): SeenTracks[] {
  return [...Map.groupBy(tracks, ({ recorderId }) => recorderId)].map(([recorderId, of]) => ({
    recorderId,
    bikeId: (of[0] as SeenTracks).bikeId,
    sequences: of.flatMap(({ sequences }) => sequences),
  }))
}

/** In key order, so that two workers cannot wait for each other. A new recorder begins at its lowest number. */
export function recordersToLock(seen: readonly SeenTracks[]): RecorderToLock[] {
  return seen
    .map(({ recorderId, bikeId, sequences }) => ({
      ...{ recorderId, bikeId },
      beginning: beginAt(Math.min(...sequences)),
    }))
    .toSorted((a, b) => (a.recorderId < b.recorderId ? -1 : 1))
}

/** `1, 2, 3` known of r1 and 5 seen → r1: the next number is 6, and 4 is missing. */
export function planSequences(
  known: ReadonlyMap<string, Sequences>,
  seen: readonly SeenTracks[],
  nowMs: number,
): SequencesChange[] {
  return seen.flatMap(({ recorderId, sequences: numbers }) => {
    const before = known.get(recorderId)
    if (before === undefined) throw new Error(`recorder ${recorderId} is not locked`)
    const sequences = see(before, numbers, nowMs)
    return sequences === before
      ? []
      : [{ recorderId, sequences, gapsChanged: sequences.gaps !== before.gaps }]
  })
}
