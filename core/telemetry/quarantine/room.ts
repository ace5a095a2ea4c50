// Bounds how much of one bike waits in quarantine, so that nobody fills the store.
import type { QuarantineEntry, QuarantineStore } from './port.ts'

/**
 * Samples of one bike: 180 days with a ride of two hours each, recorded each second with its battery and motor, are 3,888,000. A track
 * counts for ten at least.
 */
export const mostOfBike = 4_000_000
const leastOfTrack = 10
/** So long a count is believed: replays by others make room meanwhile. */
const countedForMs = 60_000
const mostCounts = 10_000

export interface Admitted {
  readonly kept: readonly QuarantineEntry[]
  /** They stay in the topic as long as that keeps them. */
  readonly beyond: readonly QuarantineEntry[]
}

export interface Room {
  admit(entries: readonly QuarantineEntry[]): Promise<Admitted>
}

/** In the order given, `of` rising with what is kept: of 3,999,990 samples and two tracks of a bike the first is kept. */
export function admitInto(entries: readonly QuarantineEntry[], of: Map<string, number>): Admitted {
  const kept: QuarantineEntry[] = []
  const beyond: QuarantineEntry[] = []
  for (const entry of entries) {
    const { bikeId, samples } = entry
    const sum = bikeId === null ? 0 : (of.get(bikeId) ?? 0) + Math.max(leastOfTrack, samples)
    if (sum > mostOfBike) beyond.push(entry)
    else {
      kept.push(entry)
      if (bikeId !== null) of.set(bikeId, sum)
    }
  }
  return { kept, beyond }
}

export function createRoom(store: Pick<QuarantineStore, 'pendingSamples'>, nowMs = Date.now): Room {
  const counts = new Map<string, number>()
  let countedAtMs = 0
  return {
    async admit(entries) {
      if (nowMs() - countedAtMs > countedForMs || counts.size > mostCounts) {
        counts.clear()
        countedAtMs = nowMs()
      }
      const asked = new Set(entries.flatMap(({ bikeId }) => bikeId ?? []).filter((id) => !counts.has(id)))
      if (asked.size > 0) {
        const known = await store.pendingSamples([...asked], leastOfTrack)
        for (const bikeId of asked) counts.set(bikeId, known.get(bikeId) ?? 0)
      }
      return admitInto(entries, counts)
    },
  }
}
