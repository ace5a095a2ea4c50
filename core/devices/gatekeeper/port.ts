// The registry of devices, as the gatekeeper asks it.
import type { ShownDevice } from '../authority/port.ts'

export interface DeviceRegistry {
  /** By an id in lower case, and the certificate's serial number where it tells that. Rejects when no answer comes in time. */
  find(user: {
    readonly deviceId: string
    readonly certificate: string | undefined
  }): Promise<ShownDevice | undefined>
}
