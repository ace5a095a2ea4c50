// What the read API needs of the stores and of whoever issues tokens.
import type { TelemetryReader } from '../elasticsearch/port.ts'
import type { StateGroup } from '../latest/state-groups.ts'
import type { OwnershipWindow } from '../registry/port.ts'
import type { TrackBooks } from './books.ts'
import type { Problem } from './problem.ts'

export interface Caller {
  readonly riderId: string
}

/** Judges the Authorization header. */
export type Authenticate = (authorization: string | undefined) => Promise<Caller | Problem>

export interface GroupReading {
  readonly group: StateGroup
  readonly eventAtMs: number
  readonly receivedAtMs: number
  readonly values: Readonly<Record<string, number>>
}

/** Every method rejects when its store does not answer. */
export interface ApiStores extends TelemetryReader {
  /** When the rider owned the bike, oldest first; empty when never, also when there is no such bike. */
  ownershipsOf(bikeId: string, riderId: string): Promise<readonly OwnershipWindow[]>
  latestOf(bikeId: string): Promise<readonly GroupReading[]>
  /** The accepted tracks of an upload of this sender; empty when there are none. */
  tracksOf(uploadId: string, sender: string): Promise<readonly TrackBooks[]>
  /** Rejects with what is wrong when one of the stores does not answer. */
  ping(): Promise<void>
}
