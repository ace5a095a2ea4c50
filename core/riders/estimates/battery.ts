// How much energy the bike's batteries hold for the next ride.
import type { Battery, MissingInput, TrainingRide } from './port.ts'

/** Rides that took less of the charge say too little of the capacity: charge is told in steps of 1 %. */
const leastDropPct = 20
const leastCoverage = 0.9
const plausibleWh = { least: 50, most: 5_000 }

/**
 * `[{ chargePct: 80, nominalWh: 500, healthPct: 90 }]`, 10 % in reserve → 324 Wh. Two batteries add up. Where the type is
 * unknown the rides tell the capacity of all together.
 */
export function usableWh(of: {
  batteries: readonly Battery[]
  rides: readonly TrainingRide[]
  reservePct: number
}): { usableWh: number } | { missing: readonly MissingInput[] } {
  const { batteries, rides, reservePct } = of
  const capacitiesWh = capacitiesOf(batteries, rides)
  const hasCharge = batteries.length > 0 && batteries.every(({ chargePct }) => chargePct !== undefined)
  if (capacitiesWh === undefined || !hasCharge) {
    return {
      missing: [...(hasCharge ? [] : ['charge' as const]), ...(capacitiesWh ? [] : ['capacity' as const])],
    }
  }
  const chargedWh = batteries.reduce(
    (sum, { chargePct = 0 }, i) => sum + (chargePct / 100) * (capacitiesWh[i] as number),
    0,
  )
  return { usableWh: chargedWh * (1 - reservePct / 100) }
}

function capacitiesOf(batteries: readonly Battery[], rides: readonly TrainingRide[]): number[] | undefined {
  const known = batteries.flatMap(({ nominalWh, healthPct = 100 }) =>
    nominalWh === undefined ? [] : [(nominalWh * healthPct) / 100],
  )
  if (known.length === batteries.length && known.length > 0) return known
  const learntWh = capacityFromRides(rides)
  return learntWh === undefined ? undefined : batteries.map(() => learntWh / batteries.length)
}

/**
 * ∫V·I over the drop of charge, the median of the rides that used a fifth of it or more: one on which the battery was exchanged
 * says something else.
 */
export function capacityFromRides(rides: readonly TrainingRide[]): number | undefined {
  const capacitiesWh = rides.flatMap((ride) => {
    const dropPct = chargeDropPct(ride) ?? 0
    if (dropPct < leastDropPct || ride.energyWh === undefined || ride.energyCoverage < leastCoverage)
      return []
    return [(100 * ride.energyWh) / ride.energyCoverage / dropPct]
  })
  const ascending = capacitiesWh.sort((a, b) => a - b)
  const capacityWh = ascending[Math.floor(ascending.length / 2)] ?? 0
  return capacityWh >= plausibleWh.least && capacityWh <= plausibleWh.most ? capacityWh : undefined
}

function chargeDropPct({ chargeStartPct, chargeEndPct }: TrainingRide): number | undefined {
  if (chargeStartPct === undefined || chargeEndPct === undefined) return undefined
  return chargeStartPct - chargeEndPct
}

/** What a ride took: ∫V·I where it covers the ride, else the drop of charge. A ride that used 0 % tells nothing. */
export function energyOf(ride: TrainingRide, capacityWh: number | undefined): number | undefined {
  if (ride.energyWh !== undefined && ride.energyCoverage >= leastCoverage) {
    return ride.energyWh / ride.energyCoverage
  }
  const dropPct = chargeDropPct(ride) ?? 0
  return capacityWh === undefined || dropPct < 1 ? undefined : (capacityWh * dropPct) / 100
}
