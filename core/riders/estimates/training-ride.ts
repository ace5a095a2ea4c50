// From a ride as it is listed to one that estimates learn from.
import type { Ride } from '../rides/port.ts'
import type { TrainingRide } from './port.ts'

/** Undefined where the ride has no distance. `massKg` is the rider's setting: rider, bike and luggage. */
export function trainingRideOf({ rideId, fromMs, summary }: Ride, massKg?: number): TrainingRide | undefined {
  const { distanceM, movingS, standingS, unrecordedS, assistShares } = summary
  if (distanceM === undefined) return undefined
  const shareOf = (level: number) => assistShares.find((one) => one.level === level)?.share ?? 0
  return {
    rideId,
    startMs: fromMs,
    distanceM,
    movingS,
    elapsedS: movingS + standingS + unrecordedS,
    stops: summary.stops,
    ascentM: summary.ascentM,
    descentM: summary.descentM,
    levelShares: assistShares.length === 0 ? undefined : [0, 1, 2, 3, 4, 5].map(shareOf),
    energyWh: summary.energyWh,
    energyCoverage: summary.energyCoverage,
    chargeStartPct: summary.chargeStartPct,
    chargeEndPct: summary.chargeEndPct,
    temperatureC: summary.ambientC?.mean,
    massKg,
  }
}
