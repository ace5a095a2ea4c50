// One ride, second by second: a rider, a bike and the land, and what the bike's sensors would have said.
import type { FieldKey } from '../proto/index.ts'
import { type BatteryState, chargeCycles, discharge } from './battery.ts'
import { assistPowerW, type BikeBody, nextSpeedMs } from './motion.ts'
import type { Random } from './random.ts'
import { type Measurement, type Series, toSeries } from './series.ts'
import type { Terrain } from './terrain.ts'

interface RideStart {
  readonly startMs: number
  readonly odometerM: number
  readonly battery: BatteryState
  readonly latitudeDeg: number
  readonly longitudeDeg: number
}

export interface RidePlan extends RideStart {
  readonly random: Random
  readonly terrain: Terrain
  readonly body: BikeBody
  readonly seconds: number
  readonly assistLevel: number
  /** What the rider gives on the flat. */
  readonly riderPowerW: number
  readonly cruiseKmh: number
  readonly ambientC: number
}

export interface Ride {
  readonly series: readonly Series[]
  readonly end: Omit<RideStart, 'startMs'> & { readonly endMs: number }
}

const stepsPerSecond = 5
const batteryEverySeconds = 10
const motorEverySeconds = 2
const motorEfficiency = 0.8
const metresPerDegree = 111_320
const faults = [
  { code: 0x0210, severity: 1 }, // speed sensor missed a turn
  { code: 0x0331, severity: 2 }, // motor warm, power reduced
  { code: 0x0417, severity: 3 }, // battery communication lost
]

interface Moment {
  speedMs: number
  distanceM: number
  headingRad: number
  latitudeDeg: number
  longitudeDeg: number
  motorC: number
  battery: BatteryState
  /** Until when the rider waits at a light. */
  waitsUntilS: number
  /** Until when the receiver sees no satellites. */
  blindUntilS: number
}

export function simulateRide(plan: RidePlan): Ride {
  const now: Moment = {
    speedMs: 0,
    distanceM: 0,
    headingRad: plan.random.between(0, 2 * Math.PI),
    latitudeDeg: plan.latitudeDeg,
    longitudeDeg: plan.longitudeDeg,
    motorC: plan.ambientC,
    battery: plan.battery,
    waitsUntilS: 0,
    blindUntilS: 0,
  }
  const ride: Measurement<'ride'>[] = []
  const battery: Measurement<'battery'>[] = []
  const motor: Measurement<'motor'>[] = []
  for (let second = 0; second < plan.seconds; second++) {
    const timeMs = plan.startMs + second * 1_000
    const { riderPowerW, motorPowerW } = rideOneSecond(now, plan, second)
    ride.push({ timeMs, values: rideValues(now, plan, { riderPowerW, blind: second < now.blindUntilS }) })
    const motorElectricW = motorPowerW / motorEfficiency
    const drawn = discharge(now.battery, { powerW: motorElectricW + 4, seconds: 1, ambientC: plan.ambientC })
    now.battery = drawn.state
    now.motorC += 0.0012 * (motorElectricW - motorPowerW) - 0.004 * (now.motorC - plan.ambientC)
    if (second % batteryEverySeconds === 0) battery.push({ timeMs, values: batteryValues(drawn) })
    if (second % motorEverySeconds === 0)
      motor.push({ timeMs, values: motorValues({ motorElectricW, motorPowerW, riderPowerW, now }) })
  }
  const series = [
    toSeries('ride', ride),
    toSeries('battery', battery),
    toSeries('motor', motor),
    toSeries('fault', faultEvents(plan)),
  ].filter(({ timesMs }) => timesMs.length > 0)
  const { latitudeDeg, longitudeDeg } = now
  const odometerM = plan.odometerM + now.distanceM
  const endMs = plan.startMs + plan.seconds * 1_000
  return { series, end: { endMs, odometerM, battery: now.battery, latitudeDeg, longitudeDeg } }
}

/** Moves `now` on by a second and returns the mean powers in it. */
function rideOneSecond(now: Moment, plan: RidePlan, second: number) {
  const { random, terrain, body } = plan
  if (second > now.waitsUntilS + 40 && random.chance(1 / 150))
    now.waitsUntilS = second + random.integer(8, 40)
  if (random.chance(1 / 900)) now.blindUntilS = second + random.integer(5, 45)
  const waiting = second < now.waitsUntilS
  const targetMs = waiting ? 0 : plan.cruiseKmh / 3.6
  const freshW = plan.riderPowerW * (1 + 0.08 * random.normal())
  let riderJ = 0
  let motorJ = 0
  for (let step = 0; step < stepsPerSecond; step++) {
    const slope = terrain.slope(now.distanceM)
    const eagerness = Math.min(1.8, Math.max(0, (targetMs - now.speedMs) * 0.6 + 0.6 + 12 * slope))
    const riderPowerW = waiting ? 0 : Math.min(600, Math.max(0, freshW * eagerness))
    const motorPowerW = assistPowerW({ level: plan.assistLevel, riderPowerW, speedMs: now.speedMs })
    const tooFastMs = now.speedMs - (waiting ? 0 : Math.max(targetMs * 1.35, 5))
    const brakePowerW = tooFastMs > 0 ? body.massKg * now.speedMs * Math.min(2.5, 0.4 + tooFastMs) : 0
    const effort = { riderPowerW, motorPowerW, brakePowerW }
    now.speedMs = nextSpeedMs(now.speedMs, { body, effort, slope, seconds: 1 / stepsPerSecond })
    now.distanceM += now.speedMs / stepsPerSecond
    riderJ += riderPowerW / stepsPerSecond
    motorJ += motorPowerW / stepsPerSecond
  }
  now.headingRad += 0.03 * random.normal() * Math.min(1, now.speedMs)
  now.latitudeDeg += (now.speedMs * Math.cos(now.headingRad)) / metresPerDegree
  now.longitudeDeg +=
    (now.speedMs * Math.sin(now.headingRad)) / (metresPerDegree * Math.cos((now.latitudeDeg * Math.PI) / 180))
  return { riderPowerW: riderJ, motorPowerW: motorJ }
}

/** A new metric of rides gets a value here, as the compiler demands; likewise below for the other kinds. */
function rideValues(
  now: Moment,
  plan: RidePlan,
  of: { riderPowerW: number; blind: boolean },
): Measurement<'ride'>['values'] {
  const position = {
    latitude_deg: now.latitudeDeg,
    longitude_deg: now.longitudeDeg,
    altitude_m: plan.terrain.altitudeM(now.distanceM),
  }
  const others: Record<Exclude<FieldKey<'ride'>, keyof typeof position>, number> = {
    speed_kmh: now.speedMs * 3.6,
    odometer_m: plan.odometerM + now.distanceM,
    cadence_rpm: cadenceRpm(now.speedMs, of.riderPowerW),
    rider_power_w: of.riderPowerW,
    ambient_temperature_c: plan.ambientC,
    assist_level: plan.assistLevel,
  }
  return of.blind ? others : { ...position, ...others }
}

/** Gears keep the legs between 50 and 85 turns a minute; nobody pedals without pushing. */
function cadenceRpm(speedMs: number, riderPowerW: number): number {
  return riderPowerW < 5 ? 0 : Math.min(85, 50 + speedMs * 4)
}

function batteryValues({
  state,
  reading,
}: ReturnType<typeof discharge>): Record<FieldKey<'battery'>, number> {
  return {
    state_of_charge_pct: state.charge * 100,
    voltage_v: reading.voltageV,
    current_a: reading.currentA,
    battery_temperature_c: state.temperatureC,
    charge_cycles: chargeCycles(state),
  }
}

function motorValues(of: {
  motorElectricW: number
  motorPowerW: number
  riderPowerW: number
  now: Moment
}): Record<FieldKey<'motor'>, number> {
  const cadence = cadenceRpm(of.now.speedMs, of.riderPowerW)
  const crankRadPerS = (cadence * 2 * Math.PI) / 60
  return {
    motor_power_w: of.motorElectricW,
    motor_torque_nm: crankRadPerS > 0 ? of.motorPowerW / crankRadPerS : 0,
    motor_rotation_rpm: cadence * 36,
    motor_temperature_c: of.now.motorC,
  }
}

/** Now and then something appears, and goes away before the ride ends. */
function faultEvents({ random, startMs, seconds }: RidePlan) {
  if (seconds < 60 || !random.chance(0.25)) return []
  const { code, severity } = random.pick(faults)
  const appears = random.integer(10, seconds - 40)
  const goes = random.integer(appears + 5, seconds - 10)
  return [appears, goes].map((second, i) => ({
    timeMs: startMs + second * 1_000 + 137,
    values: { fault_code: code, fault_severity: severity, fault_active: 1 - i } satisfies Record<
      FieldKey<'fault'>,
      number
    >,
  }))
}
