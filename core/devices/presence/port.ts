// The presence of devices and bikes, and the store that keeps it.

export type ConnectionEvent =
  | {
      readonly type: 'opened'
      readonly deviceId: string
      /** Which one: the broker's name of it, and its process there where that is told, since a later one may get the same name. */
      readonly connection: string
      /** Serial number of the certificate by which it was let in, where that tells it. */
      readonly certificate?: string | undefined
      readonly atMs: number
    }
  | {
      readonly type: 'closed'
      /** As whichever of these it was told when it opened. */
      readonly connections: readonly string[]
      readonly atMs: number
    }

export interface DevicePresence {
  readonly deviceId: string
  readonly bikeId: string
  readonly online: boolean
  readonly connection: string
  readonly certificate?: string | undefined
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

/** A module of a bike, as its owner and staff see it. */
export interface BikeModule {
  readonly deviceId: string
  readonly enrolledAtMs: number
  /** Its samples are believed from then on. */
  readonly samplesFromMs: number
  readonly revokedAtMs: number | undefined
  /** It was enrolled as one that obeys nothing but what the platform has signed. */
  readonly verifiesCommands: boolean
  readonly online: boolean
}

/** Devices by their id, and those that are online by one of these connections. */
export interface ConcernedDevices {
  readonly deviceIds: readonly string[]
  readonly connections: readonly string[]
}

/** A device and the certificates by which the broker may know its connections. */
export interface ConnectableDevice {
  readonly deviceId: string
  /** Serial numbers; undefined stands for those that do not tell theirs. */
  readonly certificates: readonly (string | undefined)[]
}

/** One whose connections must end. */
export type OutOfService = ConnectableDevice

export interface EndedCertificate extends OutOfService {
  readonly reason: 'certificate_revoked' | 'certificate_ended'
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
  /**
   * Modules in service that count as offline while a command waits for their bike, in pages; where `requestedWithinMs` is given,
   * a command that was requested so lately.
   */
  awaited(requestedWithinMs?: number): AsyncIterable<readonly ConnectableDevice[]>
  /** The modules that count as online, in pages. */
  online(): AsyncIterable<readonly DevicePresence[]>
  /**
   * Modules in service no longer that may be connected: revoked within the last `recentMs`, or last seen online. At
   * most `limit`, those online first, then by latest revocation.
   */
  revoked(recentMs: number, limit: number): Promise<readonly OutOfService[]>
  /** Modules in service whose bike's modules are suspended now, and were so within the last `recentMs` only, or that are online. */
  suspended(recentMs: number, limit: number): Promise<readonly OutOfService[]>
  /**
   * Certificates by which a module may be connected although they were revoked or have ended: within the last `recentMs`, or those
   * of modules last seen online by them, revoked at any time or ended within the last `sinceMs`. In the same order.
   */
  ended(of: { recentMs: number; sinceMs: number; limit: number }): Promise<readonly EndedCertificate[]>
}
