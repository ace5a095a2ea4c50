// How bikes ride and fail in the field; one batch of batteries may be bad.
import type { Track } from '../../proto/index.ts'
import { createRandom, type Random, randomUuid } from '../random.ts'
import { type Measurement, type Series, toSeries } from '../series.ts'
import { type Component, type MadeBike, partsAt } from './factory.ts'

export interface FieldOptions {
  readonly seed: number
  /** How long each bike is watched from its sale on. */
  readonly days?: number
  /** Faults of a good battery per 1,000 km. */
  readonly faultsPer1000Km?: number
  /** A batch of batteries whose members fail so many times as often. */
  readonly bad?: { readonly batch: string; readonly times: number }
}

export interface FieldRecord {
  readonly bike: MadeBike
  readonly metres: number
  readonly faults: number
  /** A ride of two samples a day, and the faults. */
  readonly tracks: readonly Track[]
}

const day = 86_400_000
const hour = 3_600_000
/** Battery communication lost; of the range of fault codes that tell of batteries. */
const code = 0x0417

export function rideInTheField(bikes: readonly MadeBike[], options: FieldOptions): FieldRecord[] {
  const random = createRandom(options.seed).fork('field')
  return bikes.map((bike) => rideOne(bike, { ...options, random: random.fork(bike.bikeId) }))
}

function rideOne(bike: MadeBike, options: FieldOptions & { random: Random }): FieldRecord {
  const { random, days = 60, faultsPer1000Km = 0.2, bad } = options
  const recorderId = randomUuid(random)
  const meanM = random.between(4_000, 20_000)
  const rides: Measurement<'ride'>[] = []
  const faults: Measurement<'fault'>[] = []
  let odometerM = 0
  for (let n = 0; n < days; n++) {
    if (random.chance(0.4)) continue
    const startMs = bike.soldAtMs + n * day
    const metres = Math.round(meanM * random.between(0.4, 1.6))
    rides.push({ timeMs: startMs, values: { odometer_m: odometerM } })
    odometerM += metres
    rides.push({ timeMs: startMs + hour, values: { odometer_m: odometerM } })
    const { batch } = partsAt(bike, startMs).find(({ type }) => type === 'battery') as Component
    const rate = faultsPer1000Km * (batch === bad?.batch ? bad.times : 1)
    if (!random.chance((metres / 1e6) * rate)) continue
    const values = { fault_code: code, fault_severity: 3, fault_active: 1 }
    faults.push({ timeMs: startMs + random.integer(1, hour - 1), values })
  }
  const tracks = [toSeries('ride', rides), toSeries('fault', faults)]
    .filter(({ timesMs }) => timesMs.length > 0)
    .map((series) => trackOf(series, { bikeId: bike.bikeId, recorderId }))
  return { bike, metres: odometerM, faults: faults.length, tracks }
}

function trackOf(series: Series, ids: { bikeId: string; recorderId: string }): Track {
  return { ...ids, ...series, clock: { bootId: 1, clockEpoch: 1 } }
}
