// For what telemetry waits that is not believed because of its bike: news of the bike may mend it.
import { QuarantineReason } from '../../../proto/index.ts'
import { quarantineReasonName } from './outcomes.ts'

const { BIKE_UNREGISTERED, BIKE_FOREIGN, EVENT_BEFORE_BIKE, DEVICE_MISMATCH } = QuarantineReason
const bikeReasons: readonly QuarantineReason[] = [
  BIKE_UNREGISTERED,
  BIKE_FOREIGN,
  EVENT_BEFORE_BIKE,
  DEVICE_MISMATCH,
]

export const bikeReasonNames: readonly string[] = bikeReasons.map(quarantineReasonName)

export function isBikeReason(reason: QuarantineReason): boolean {
  return bikeReasons.includes(reason)
}
