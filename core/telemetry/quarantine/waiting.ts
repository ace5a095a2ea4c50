// Telemetry that waits for its bike: once more is known of the bike than it was judged by, it is judged anew.
import { bikeReasonNames } from '../contracts/outcomes.ts'
import type { QuarantineStore } from './port.ts'
import { type ReplayTarget, replayEntries } from './replay.ts'

export interface WaitingDeps extends ReplayTarget {
  readonly store: Pick<QuarantineStore, 'waiting' | 'replay'>
}

/** Only normalize decides by what is known of bikes. */
export const waitsForBike = { stage: 'normalize', reasons: bikeReasonNames } as const

/** Replays what waits for these bikes, oldest receipt first, and returns the number of tracks. */
export type WakeWaiting = (bikeIds: readonly string[]) => Promise<number>

const entriesAtOnce = 5_000

/**
 * Who adds to quarantine calls this after his commit, and who adds to what is known of bikes does so, too: whoever comes
 * second sees both, so nothing is left waiting. What is replayed is judged by the newest that is known, so it can come
 * back only to wait for something newer.
 */
export function createWakeWaiting({ store, ...target }: WaitingDeps): WakeWaiting {
  return async (bikeIds) => {
    if (bikeIds.length === 0) return 0
    let tracks = 0
    for (;;) {
      const entries = await store.waiting({ ...waitsForBike, bikeIds }, entriesAtOnce)
      tracks += (await replayEntries({ store, ...target }, entries)).tracks
      if (entries.length < entriesAtOnce) return tracks
    }
  }
}
