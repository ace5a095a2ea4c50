// What the normalize worker needs of the registry and of the store of clock decisions.
import type { ClockDecision } from './clock.ts'

/** A bike with its modules and all its owners over time; `[fromMs, untilMs)`, infinite where open. */
export interface KnownBike {
  readonly bikeId: string
  /** Rises with all that becomes known of the bike. */
  readonly version: number
  readonly producedAtMs: number
  readonly ownerships: readonly { riderId: string; fromMs: number; untilMs: number }[]
  /** Ids of all modules ever enrolled for the bike, the revoked ones too. */
  readonly devices: readonly string[]
}

export interface BikeRegistry {
  /** The known ones among the bikes, by id. */
  find(bikeIds: readonly string[]): Promise<Map<string, KnownBike>>
}

/** The clock of a recorder between two jumps. */
export interface ClockKey {
  readonly recorderId: string
  readonly clockEpoch: number
}

export interface ClockProposal extends ClockKey {
  readonly decision: ClockDecision
  /** The track with the evidence. */
  readonly trackId: string
}

export interface ClockStore {
  /** Keeps the first decision about each clock for ever, and returns what is kept of `keys`, by `clockName`. */
  settle(proposals: readonly ClockProposal[], keys: readonly ClockKey[]): Promise<Map<string, ClockDecision>>
}

export function clockName({ recorderId, clockEpoch }: ClockKey): string {
  return `${recorderId}/${clockEpoch}`
}
