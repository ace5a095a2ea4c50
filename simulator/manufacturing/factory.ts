// Bikes as they truly came about: components by batches, bikes from the line, buyers, exchanges in workshops.
import { claimCode } from '../../proto/codec/claim-code.ts'
import type { CarriedPart } from '../../proto/index.ts'
import { createRandom, type Random, randomUuid } from '../random.ts'
import { models, oems, partTypes, type TypeName, types, workshops } from './catalogue.ts'

export interface Component {
  readonly type: TypeName
  readonly serialNumber: string
  readonly hardwareRevision: string
  readonly firmwareRevision: string
  readonly batch: string
  readonly plant: string
  readonly producedAtMs: number
}

interface Exchange {
  readonly slot: string
  readonly removed: Component
  readonly installed: Component
  readonly workshop: string
  readonly atMs: number
}

export interface MadeBike {
  readonly bikeId: string
  readonly frameNumber: string
  readonly modelId: string
  readonly plant: string
  readonly oem: string
  readonly producedAtMs: number
  readonly deliveredAtMs: number
  readonly soldAtMs: number
  /** Who buys it. */
  readonly riderId: string
  /** On the dealer's receipt. */
  readonly claimCode: string
  /** As it left the line, a slot each: slots are called after their types. */
  readonly parts: readonly Component[]
  readonly exchanges: readonly Exchange[]
}

export interface FactoryOptions {
  readonly bikes: number
  readonly seed: number
  /** When the first components are made. */
  readonly startMs: number
  /** Between the first and the last bike. */
  readonly days?: number
  /** Components of a type in one batch. */
  readonly batchSize?: number
  /** Share of bikes whose battery is exchanged. */
  readonly exchanges?: number
}

const day = 86_400_000

/** The same options make the same bikes. */
export function makeBikes(options: FactoryOptions): MadeBike[] {
  const { bikes, seed, startMs, days = 60, exchanges = 0.1 } = options
  const random = createRandom(seed).fork('factory')
  const make = componentMaker(options)
  return Array.from({ length: bikes }, (_, n) => {
    const madeAtMs = Math.round(startMs + (n / bikes) * days * day)
    const bike = makeBike(n, { madeAtMs, seed, random: random.fork(`bike ${n}`), make })
    return random.chance(exchanges) ? withExchange(bike, { random, make }) : bike
  })
}

type Make = (type: TypeName, madeAtMs: number) => Component

/** Components in the order in which they are made; a batch has one plant and one revision of everything. */
function componentMaker({ seed, batchSize = 50 }: FactoryOptions): Make {
  const made = new Map<TypeName, number>()
  return (type, madeAtMs) => {
    const n = (made.get(type) ?? 0) + 1
    made.set(type, n)
    const batch = Math.ceil(n / batchSize)
    const { plants, hardwareRevisions, firmwareRevisions, serialNumber } = types[type]
    const ofBatch = createRandom(seed).fork(`${type} ${batch}`)
    return {
      type,
      serialNumber: serialNumber(n, ofBatch.fork('serial')),
      hardwareRevision: ofBatch.pick(hardwareRevisions),
      firmwareRevision: ofBatch.pick(firmwareRevisions),
      plant: ofBatch.pick<string>(plants),
      batch: `${type.slice(0, 1).toUpperCase()}-${String(batch).padStart(4, '0')}`,
      producedAtMs: madeAtMs,
    }
  }
}

function makeBike(
  n: number,
  { madeAtMs, seed, random, make }: { madeAtMs: number; seed: number; random: Random; make: Make },
): MadeBike {
  const producedAtMs = madeAtMs + random.integer(5, 15) * day
  const deliveredAtMs = producedAtMs + random.integer(3, 20) * day
  const frame = types.frame
  return {
    bikeId: randomUuid(random),
    frameNumber: frame.serialNumber(n + 1, random),
    modelId: random.pick(models).modelId,
    plant: random.pick(frame.plants),
    oem: random.pick(oems),
    producedAtMs,
    deliveredAtMs,
    soldAtMs: deliveredAtMs + random.integer(1, 30) * day,
    riderId: `buyer-${seed}-${n}`,
    claimCode: receiptCode(random.fork('receipt')),
    parts: partTypes.map((type) => make(type, madeAtMs)),
    exchanges: [],
  }
}

function receiptCode(random: Random): string {
  return claimCode(Uint8Array.from({ length: 16 }, () => random.integer(0, 255)))
}

function withExchange(bike: MadeBike, { random, make }: { random: Random; make: Make }): MadeBike {
  const removed = bike.parts.find(({ type }) => type === 'battery') as Component
  const installed = make('battery', removed.producedAtMs)
  const atMs = bike.soldAtMs + random.integer(5, 60) * day
  return {
    ...bike,
    exchanges: [{ slot: 'battery', removed, installed, workshop: random.pick(workshops), atMs }],
  }
}

/** What is in the bike at a time. */
export function partsAt({ parts, exchanges }: MadeBike, atMs: number): Component[] {
  return parts.map((part) => {
    const last = exchanges.filter((each) => each.slot === part.type && each.atMs <= atMs).at(-1)
    return last?.installed ?? part
  })
}

/** The same as the bike tells it. */
export function carriedAt(bike: MadeBike, atMs: number): CarriedPart[] {
  return partsAt(bike, atMs).map(({ type, serialNumber }) => ({ slot: type, serialNumber }))
}
