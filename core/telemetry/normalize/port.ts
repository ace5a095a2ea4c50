// What normalize takes in, and what it needs of the registry and of the store of clock decisions.
import type { DecodedTrack, RawTrack } from '../../../proto/index.ts'

/** A record of telemetry.raw whose bytes are in order. */
export interface ArrivedTrack {
  /** The bytes of `raw`, as they came. */
  readonly record: Uint8Array
  readonly raw: RawTrack
  readonly trackId: string
  readonly receivedAtMs: number
  readonly track: DecodedTrack
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

export type ClockRule = 'none' | 'monotonic' | 'sent_at'

export interface ClockDecision {
  readonly rule: ClockRule
  /** Event time = recorded time + offset. */
  readonly offsetMs: number
}

/** The clock of a recorder between two jumps. */
export interface ClockKey {
  readonly recorderId: string
  readonly clockEpoch: number
}

export interface KeptClock extends ClockKey {
  readonly decision: ClockDecision
}

export interface ClockProposal extends KeptClock {
  /** The track with the evidence. */
  readonly trackId: string
}

export interface ClockStore {
  /** Keeps the first decision about each clock for ever, and returns what is kept of `keys`. */
  settle(proposals: readonly ClockProposal[], keys: readonly ClockKey[]): Promise<readonly KeptClock[]>
}
