// How often bikes ride and fail in the field; one batch of batteries may be bad.
import { createRandom, type Random } from '../random.ts'
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
  readonly days: readonly { readonly atMs: number; readonly metres: number }[]
  readonly faults: readonly { readonly atMs: number; readonly code: number; readonly severity: number }[]
}

const day = 86_400_000
/** Battery communication lost; of the range of fault codes that tell of batteries. */
const code = 0x0417

export function rideInTheField(bikes: readonly MadeBike[], options: FieldOptions): FieldRecord[] {
  const random = createRandom(options.seed).fork('field')
  return bikes.map((bike) => rideOne(bike, { ...options, random: random.fork(bike.bikeId) }))
}

function rideOne(bike: MadeBike, options: FieldOptions & { random: Random }): FieldRecord {
  const { random, days = 60, faultsPer1000Km = 0.2, bad } = options
  const meanKm = random.between(4, 20)
  const rode = Array.from({ length: days }, (_, n) => ({
    atMs: bike.soldAtMs + n * day,
    metres: random.chance(0.6) ? Math.round(meanKm * random.between(0.4, 1.6) * 1_000) : 0,
  })).filter(({ metres }) => metres > 0)
  const faults = rode.flatMap(({ atMs, metres }) => {
    const { batch } = partsAt(bike, atMs).find(({ type }) => type === 'battery') as Component
    const rate = faultsPer1000Km * (batch === bad?.batch ? bad.times : 1)
    return random.chance((metres / 1e6) * rate)
      ? [{ atMs: atMs + random.integer(0, 3_600_000), code, severity: 3 }]
      : []
  })
  return { bike, days: rode, faults }
}
