// Tracks as normalize takes them in, the registry of bikes and the store of clock decisions.
import type { DecodedTrack, RawTrack } from '../../../proto/index.ts'

/** A record of telemetry.raw whose bytes are in order. */
export interface ArrivedTrack {
  /** The bytes of `raw`, as they came. */
  readonly record: Uint8Array
  readonly raw: RawTrack
  readonly trackId: string
  readonly receivedAtMs: number
  readonly track: DecodedTrack
  /** There when it is a phone's whose rider was erased. */
  readonly tombstone?: Tombstone | undefined
}

/** A bike with its modules and all its owners over time; `[fromMs, untilMs)`, infinite where open. */
export interface KnownBike {
  readonly bikeId: string
  /** Rises with all that becomes known of the bike. */
  readonly version: number
  readonly producedAtMs: number
  readonly ownerships: readonly { riderId: string; fromMs: number; untilMs: number }[]
  /** All modules ever enrolled for the bike, the revoked ones too. */
  readonly devices: readonly KnownModule[]
}

export interface KnownModule {
  readonly deviceId: string
  /** Of what it measured before then the bike may have been somebody else's, or another one. */
  readonly samplesFromMs: number
}

export interface BikeRegistry {
  /** The known ones among the bikes, by id. */
  find(bikeIds: readonly string[]): Promise<Map<string, KnownBike>>
}

/** A rider who was erased. All that happened before is refused; who comes back begins anew. */
export interface Tombstone {
  readonly erasureId: string
  readonly erasedAtMs: number
}

export interface Tombstones {
  /** Those among the riders who were erased, by id; the last time, where it was more than once. */
  find(riderIds: readonly string[]): Promise<ReadonlyMap<string, Tombstone>>
}

/** A time in which an erased rider owned a bike: [fromMs, untilMs), infinite where open. */
export interface ErasedSpan {
  /** The name of the erasure, in the rider's place. */
  readonly name: string
  readonly fromMs: number
  readonly untilMs: number
}

export interface ErasedSpans {
  /** By bike; bikes without any are left out. */
  find(bikeIds: readonly string[]): Promise<ReadonlyMap<string, readonly ErasedSpan[]>>
}

export type ClockRule = 'none' | 'monotonic' | 'sent_at'

export interface ClockDecision {
  readonly rule: ClockRule
  /** Event time = recorded time + offset. */
  readonly offsetMs: number
}

/** A sender's clock between two jumps, in one boot of the recorder. */
export interface ClockKey {
  /** Who knows another's recorder decides nothing about it. */
  readonly sender: string
  readonly recorderId: string
  readonly clockEpoch: number
  readonly bootId: number
  /**
   * The wall clock's time at the boot, by the track; undefined without a monotonic clock. It tells two installations apart
   * that count alike, such as a phone and the one that was restored from its backup.
   */
  readonly bootWallMs: number | undefined
}

export interface ClockQuestion extends ClockKey {
  readonly uploadId: string
  readonly receivedAtMs: number
  /** A decision with a wall clock at the boot between these is about the same boot; undefined as `bootWallMs` is. */
  readonly sameBoot: { readonly fromMs: number; readonly untilMs: number } | undefined
}

/** The decisions about the clock of a track; undefined where there is none. */
export interface KnownClock {
  /** Before decisions belonged to senders: for tracks received then, and repeats of uploads received then. */
  readonly former?: ClockDecision | undefined
  /** There is a former decision about this recorder and epoch, which holds for other tracks at least. */
  readonly mayBeFormer?: boolean | undefined
  /** About this clock. */
  readonly own?: ClockDecision | undefined
  /** The first one about any boot of the epoch, of this sender's recorder. */
  readonly epoch?: ClockDecision | undefined
}

export interface ClockProposal extends ClockKey {
  readonly decision: ClockDecision
  /** The track with the evidence. */
  readonly trackId: string
}

export interface ClockStore {
  /** One answer for each question, in their order. */
  find(questions: readonly ClockQuestion[]): Promise<readonly KnownClock[]>
  /**
   * Hands `plan` what is known for each question and keeps for ever what it proposes, in its order. Meanwhile nobody else decides
   * about these recorders.
   */
  decide(
    questions: readonly ClockQuestion[],
    plan: (known: readonly KnownClock[]) => readonly ClockProposal[],
  ): Promise<void>
}
