// What presence needs of the database, and what it tells of a bike.
import type { ConnectionEvent, DevicePresence } from './plan.ts'

/** Whether a module of the bike is connected, and since when that is so. */
export interface BikePresence {
  readonly online: boolean
  readonly sinceMs: number
}

export interface PresenceStore {
  /** Applies events in order; returns the bikes of the modules that came online. Strangers are left aside. */
  apply(events: readonly ConnectionEvent[]): Promise<readonly string[]>
  /** The modules that count as online, in pages. */
  online(): AsyncIterable<readonly DevicePresence[]>
  /**
   * Modules in service no longer that may be connected: revoked within the last `recentMs`, or last seen online. At
   * most `limit`, latest revocation first.
   */
  revoked(recentMs: number, limit: number): Promise<readonly string[]>
}
