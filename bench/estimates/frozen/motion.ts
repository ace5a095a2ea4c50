// Frozen copy of simulator/motion.ts of 29 November 2026, with wind and the density of the air as inputs.

export interface BikeBody {
  /** Bike, rider and luggage. */
  readonly massKg: number
  readonly rollingResistance: number
  /** Drag coefficient times frontal area. */
  readonly dragAreaM2: number
}

/** 1.2 kg/m³ and no wind in the simulator of 29 November 2026. */
export interface Air {
  readonly densityKgM3: number
  /** Against the way of the bike. */
  readonly headwindMs: number
}

interface Effort {
  readonly riderPowerW: number
  readonly motorPowerW: number
  readonly brakePowerW: number
}

const gravity = 9.81
// Below this speed a push is limited by force, not by power: nobody has infinite torque.
const slowestMs = 1.5

/** The speed after `seconds` on a slope (rise over run), never negative. Small steps: 0.2 s is plenty. */
export function nextSpeedMs(
  speedMs: number,
  of: { body: BikeBody; effort: Effort; air: Air; slope: number; seconds: number },
): number {
  const { body, effort, air, slope, seconds } = of
  const drive = (effort.riderPowerW + effort.motorPowerW) / Math.max(speedMs, slowestMs)
  const brake = effort.brakePowerW / Math.max(speedMs, slowestMs)
  const along = Math.sin(Math.atan(slope))
  const rolling = speedMs > 0 ? body.rollingResistance : 0
  const airMs = speedMs + air.headwindMs
  const drag = 0.5 * air.densityKgM3 * body.dragAreaM2 * airMs * Math.abs(airMs)
  const force = drive - brake - drag - body.massKg * gravity * (along + rolling)
  return Math.max(0, speedMs + (force / body.massKg) * seconds)
}

/** Assistance per watt of the rider at each level, 0 = off. */
const assistFactors = [0, 0.6, 1.0, 1.6, 2.4, 3.2] as const

const assistEndsMs = 25 / 3.6
const assistFadesMs = 23.5 / 3.6
const strongestMotorW = 480

/** Mechanical power of a pedelec's motor: in proportion to the rider's, and none above 25 km/h (Regulation (EU) 168/2013). */
export function assistPowerW(of: { level: number; riderPowerW: number; speedMs: number }): number {
  const factor = assistFactors[of.level] ?? 0
  const fade = Math.min(1, Math.max(0, (assistEndsMs - of.speedMs) / (assistEndsMs - assistFadesMs)))
  return Math.min(strongestMotorW, factor * of.riderPowerW) * fade
}
