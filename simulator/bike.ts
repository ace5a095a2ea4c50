// A bike through its days: it rides, stands and is charged; odometer and battery carry on from ride to ride.
import { type BatteryState, capacityWh } from './battery.ts'
import { createRandom, type Random, randomUuid } from './random.ts'
import { simulateRide } from './ride.ts'
import { createRider, type Rider } from './rider.ts'
import type { Series } from './series.ts'
import { createTerrain } from './terrain.ts'

export interface Bike {
  readonly bikeId: string
  readonly riderId: string
  readonly recorderId: string
  readonly rider: Rider
  /** Rides on from where it stands. Nothing when the battery and the rider rest. */
  ride(of: { startMs: number; seconds: number }): readonly Series[]
}

const towns = [
  [52.37, 4.9],
  [48.14, 11.58],
  [53.35, -6.26],
  [55.68, 12.57],
  [45.76, 4.84],
  [50.85, 4.35],
] as const

export function createBike(seed: number, index: number): Bike {
  const random = createRandom(seed).fork(`bike ${index}`)
  const [latitudeDeg, longitudeDeg] = random.pick(towns)
  const rider = createRider(random)
  const hilliness = random.next() ** 2
  let battery: BatteryState = {
    charge: random.between(0.55, 1),
    temperatureC: 15,
    dischargedWh: random.between(0, 300 * capacityWh),
  }
  let odometerM = random.between(50_000, 9_000_000)
  return {
    bikeId: randomUuid(random),
    riderId: `rider-${seed}-${index}`,
    recorderId: randomUuid(random),
    rider,
    ride({ startMs, seconds }) {
      const chance = random.fork(`ride ${startMs}`)
      if (battery.charge < 0.35) battery = charged(battery)
      const ambientC = seasonalC(chance, startMs)
      const ride = simulateRide({
        random: chance,
        terrain: createTerrain(chance, hilliness),
        body: { massKg: rider.massKg, rollingResistance: 0.01, dragAreaM2: 0.7 },
        startMs,
        seconds,
        odometerM,
        battery: { ...battery, temperatureC: ambientC },
        latitudeDeg: latitudeDeg + chance.between(-0.04, 0.04),
        longitudeDeg: longitudeDeg + chance.between(-0.06, 0.06),
        assistLevel: rider.assistLevel,
        riderPowerW: rider.powerW,
        cruiseKmh: rider.cruiseKmh,
        ambientC,
      })
      battery = ride.end.battery
      odometerM = ride.end.odometerM
      return ride.series
    },
  }
}

function charged(battery: BatteryState): BatteryState {
  return { ...battery, charge: 1 }
}

/** Central European: coldest in mid January, warmest in mid July, warmer by day. */
function seasonalC(random: Random, timeMs: number): number {
  const yearPart = (timeMs / (365.25 * 86_400_000)) % 1
  return 11 - 9 * Math.cos(2 * Math.PI * (yearPart - 0.04)) + 3 * random.normal()
}
