// How bikes ride and fail in the field: one batch of batteries may be bad, displays are exchanged, and a second recorder tells the same.
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
  /** A ride of two samples a day, and the faults; from every third bike a second recorder's, too. */
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
  /** The new display began at zero: so many metres of the bike's way are missing from what it shows. */
  let missingM = 0
  const exchangedOn = random.fork('display').integer(1, 3 * days)
  for (let n = 0; n < days; n++) {
    if (random.chance(0.4)) continue
    const startMs = bike.soldAtMs + n * day
    if (missingM === 0 && n >= exchangedOn) missingM = odometerM
    const metres = Math.round(meanM * random.between(0.4, 1.6))
    rides.push({ timeMs: startMs, values: { odometer_m: odometerM - missingM } })
    odometerM += metres
    rides.push({ timeMs: startMs + hour, values: { odometer_m: odometerM - missingM } })
    const { batch } = partsAt(bike, startMs).find(({ type }) => type === 'battery') as Component
    const rate = faultsPer1000Km * (batch === bad?.batch ? bad.times : 1)
    if (!random.chance((metres / 1e6) * rate)) continue
    const values = { fault_code: code, fault_severity: 3, fault_active: 1 }
    faults.push({ timeMs: startMs + random.integer(1, hour - 1), values })
  }
  const series = [toSeries('ride', rides), toSeries('fault', faults)].filter(
    ({ timesMs }) => timesMs.length > 0,
  )
  const recorders = random.fork('recorders').chance(1 / 3)
    ? [recorderId, randomUuid(random.fork('second recorder'))]
    : [recorderId]
  const tracks = recorders.flatMap((id) =>
    series.map((one) => trackOf(one, { bikeId: bike.bikeId, recorderId: id })),
  )
  return { bike, metres: odometerM, faults: faults.length, tracks }
}

function trackOf(series: Series, ids: { bikeId: string; recorderId: string }): Track {
  return { ...ids, ...series, clock: { bootId: 1, clockEpoch: 1 } }
}
