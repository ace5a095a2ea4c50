// What the gaps worker needs of the store of sequence numbers.
import type { Sequences } from './sequences.ts'

/** Numbers of tracks of one recorder; at least one. */
export interface SeenTracks {
  readonly recorderId: string
  readonly bikeId: string
  readonly sequences: readonly number[]
}

/** A recorder with gaps that stay open. */
export interface GapReport {
  readonly recorderId: string
  readonly bikeId: string
  /** When the oldest of them was noticed. */
  readonly noticedAtMs: number
}

export interface GapQuestion {
  /** Only gaps that are open since. */
  readonly noticedByMs: number
  /** Only recorders that were not asked after this. */
  readonly notAskedSinceMs: number
}

export interface SequenceStore {
  /**
   * Keeps what `decide` makes of what is known of each recorder; of one never seen that is `beginAt` its lowest number.
   * One entry a recorder. Concurrent calls for the same recorder wait for each other.
   */
  note(seen: readonly SeenTracks[], decide: (known: Sequences, seen: SeenTracks) => Sequences): Promise<void>
  /** Recorders with gaps that nobody asked about yet, the oldest first. */
  openGaps(question: GapQuestion, limit: number): Promise<GapReport[]>
  /** Notes that those recorders were asked because of all their gaps that were noticed by then. */
  asked(recorderIds: readonly string[], times: { noticedByMs: number; askedAtMs: number }): Promise<void>
}
