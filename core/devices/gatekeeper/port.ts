// The registry of devices, as the gatekeeper asks it, and where it notes whom it refused.
import type { ShownDevice } from '../authority/port.ts'

export interface DeviceRegistry {
  /** By an id in lower case, and the certificate's serial number where it tells that. Rejects when no answer comes in time. */
  find(user: {
    readonly deviceId: string
    readonly certificate: string | undefined
  }): Promise<ShownDevice | undefined>
}

/** The newest of its kind: of a device that the registry knows, about that question, for that reason. */
export interface ModuleRefusal {
  readonly deviceId: string
  /** What the broker asked about: `user` when it connects, `topic` when it publishes or subscribes. */
  readonly question: 'user' | 'vhost' | 'resource' | 'topic'
  /** Such as `certificate_ended`. */
  readonly reason: string
  /** Such as `write bikes.….telemetry.ride`; at most 300 characters that a module has made up. */
  readonly wanted: string
}

export interface RefusalStore {
  /** Takes the place of the one before of its kind. */
  note(refusal: ModuleRefusal): Promise<void>
  /** Of the modules of a bike, newest first. */
  ofBike(bikeId: string): Promise<readonly (ModuleRefusal & { readonly atMs: number })[]>
}
