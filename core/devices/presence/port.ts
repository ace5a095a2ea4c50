// The presence of devices and bikes, and the store that keeps it.

export type ConnectionEvent =
  | {
      readonly type: 'opened'
      readonly deviceId: string
      /** The broker's name of the connection. */
      readonly connection: string
      readonly atMs: number
    }
  | { readonly type: 'closed'; readonly connection: string; readonly atMs: number }

export interface DevicePresence {
  readonly deviceId: string
  readonly bikeId: string
  readonly online: boolean
  readonly connection: string
  readonly connectedAtMs: number
  readonly disconnectedAtMs: number | undefined
}

/** A registered device, with its presence where it was ever connected. */
export interface KnownDevice {
  readonly deviceId: string
  readonly bikeId: string
  readonly presence: DevicePresence | undefined
}

/** Whether a module of the bike is connected, and since when that is so. */
export interface BikePresence {
  readonly online: boolean
  readonly sinceMs: number
}

/** Devices by their id, and those that are online by one of these connections. */
export interface ConcernedDevices {
  readonly deviceIds: readonly string[]
  readonly connections: readonly string[]
}

export interface PresenceStore {
  /**
   * Locks the concerned devices that are registered, hands them to `plan`, and keeps and returns the presences that it
   * makes of them; in one transaction. It waits for others that change one of them.
   */
  change(
    concerned: ConcernedDevices,
    plan: (known: readonly KnownDevice[]) => readonly DevicePresence[],
  ): Promise<readonly DevicePresence[]>
  /** The modules that count as online, in pages. */
  online(): AsyncIterable<readonly DevicePresence[]>
  /**
   * Modules in service no longer that may be connected: revoked within the last `recentMs`, or last seen online. At
   * most `limit`, latest revocation first.
   */
  revoked(recentMs: number, limit: number): Promise<readonly string[]>
}
