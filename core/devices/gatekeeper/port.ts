// The registry of devices, as the gatekeeper asks it.
import type { ShownDevice } from '../authority/port.ts'

/** Both reject when the registry does not answer in time. */
export interface DeviceRegistry {
  /** By an id in lower case, and the certificate's serial number where it tells that. */
  find(user: {
    readonly deviceId: string
    readonly certificate: string | undefined
  }): Promise<ShownDevice | undefined>
  ping(): Promise<void>
}
