// Where the privacy zones of riders are kept.
import type { PrivacyZone } from './port.ts'

export interface PrivacyZones {
  /** None where the rider never named one. The key is the rider's own from the first zone on, and never changes. */
  of(riderId: string): Promise<{ readonly zones: readonly PrivacyZone[]; readonly key: Uint8Array }>
  replace(riderId: string, zones: readonly PrivacyZone[]): Promise<void>
}
