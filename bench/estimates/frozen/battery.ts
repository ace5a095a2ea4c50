// Frozen copy of simulator/battery.ts of 29 November 2026, without cycles. The cold raises its resistance where `coldOhmPerK` says so.

export interface BatteryState {
  /** 0 to 1. */
  readonly charge: number
  readonly temperatureC: number
}

interface BatteryReading {
  readonly voltageV: number
  /** Positive while discharging. */
  readonly currentA: number
}

const capacityWh = 500
const cells = 10
const resistanceOhm = 0.13
const heatCapacityJPerK = 2_600
const coolingWPerK = 0.9

// Open-circuit volts of one cell at 0, 10, … 100 % charge, as usual for NMC cells.
const cellVolts = [3.0, 3.45, 3.55, 3.6, 3.64, 3.68, 3.75, 3.84, 3.94, 4.06, 4.18]

function openCircuitV(charge: number): number {
  const place = Math.min(0.999999, Math.max(0, charge)) * 10
  const below = Math.floor(place)
  const low = cellVolts[below] as number
  const high = cellVolts[below + 1] as number
  return cells * (low + (high - low) * (place - below))
}

/** Draws `powerW` for `seconds`. An empty battery gives nothing. */
export function discharge(
  state: BatteryState,
  of: { powerW: number; seconds: number; ambientC: number; coldOhmPerK: number },
): { state: BatteryState; reading: BatteryReading } {
  const openV = openCircuitV(state.charge)
  const ohm = resistanceOhm + of.coldOhmPerK * Math.max(0, 20 - state.temperatureC)
  const powerW = state.charge > 0 ? of.powerW : 0
  // P = (U0 - R I) I, solved for the smaller current; the root stays real up to 2 kW.
  const currentA = (openV - Math.sqrt(Math.max(0, openV * openV - 4 * ohm * powerW))) / (2 * ohm)
  const takenWh = (openV * currentA * of.seconds) / 3_600
  const heatW = ohm * currentA * currentA - coolingWPerK * (state.temperatureC - of.ambientC)
  return {
    state: {
      charge: Math.max(0, state.charge - takenWh / capacityWh),
      temperatureC: state.temperatureC + (heatW * of.seconds) / heatCapacityJPerK,
    },
    reading: { voltageV: openV - ohm * currentA, currentA },
  }
}
