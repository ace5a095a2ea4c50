// The registry of devices, as the gatekeeper asks it.
import type { KnownDevice } from '../authority/port.ts'

/** Both reject when the registry does not answer in time. */
export interface DeviceRegistry {
  /** By an id in lower case. */
  find(deviceId: string): Promise<KnownDevice | undefined>
  ping(): Promise<void>
}
