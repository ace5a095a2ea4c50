// The store of sequence numbers, as the gaps worker and the state asker use it.
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

/** A recorder to lock, and what is known of it when it was never seen before. */
export interface RecorderToLock {
  readonly recorderId: string
  readonly bikeId: string
  readonly beginning: Sequences
}

export interface SequencesChange {
  readonly recorderId: string
  readonly sequences: Sequences
  /** False where only `first` and `next` have changed. */
  readonly gapsChanged: boolean
}

export interface SequenceStore {
  /**
   * Locks the recorders, one entry each, hands what is known of all of them to `plan` and keeps the changes that it returns,
   * in one transaction. Concurrent calls for the same recorder wait for each other.
   */
  change(
    recorders: readonly RecorderToLock[],
    plan: (known: ReadonlyMap<string, Sequences>) => readonly SequencesChange[],
  ): Promise<void>
  /** Recorders with gaps that nobody asked about yet, the oldest first. */
  openGaps(question: GapQuestion, limit: number): Promise<GapReport[]>
  /** Notes that those recorders were asked because of all their gaps that were noticed by then. */
  asked(recorderIds: readonly string[], times: { noticedByMs: number; askedAtMs: number }): Promise<void>
}
