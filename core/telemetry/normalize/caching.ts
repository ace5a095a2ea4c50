// The stores as the worker asks them: a registry entry holds for seconds, a clock's decision for ever, and tombstones are never cached.
import { LRUCache } from 'lru-cache'
import { erasedName } from '../contracts/outcomes.ts'
import { clockName } from './clock.ts'
import type { BikeRegistry, ClockStore, KnownBike, KnownClock, Tombstone, Tombstones } from './port.ts'
import type { Arrival } from './records.ts'

export interface BikeQuestion {
  readonly bikeId: string
  /** Who must be found with the bike: the rider who sent the track, or the module. */
  readonly speaker: { readonly riderId: string } | { readonly deviceId: string }
}

export interface CachedRegistry {
  find(questions: readonly BikeQuestion[]): Promise<FoundBikes>
  /** The newest that is known of the bikes. */
  findNewest(bikeIds: readonly string[]): Promise<Map<string, KnownBike>>
}

interface FoundBikes {
  readonly bikes: Map<string, KnownBike>
  /** Those of which more may be known by now. */
  readonly cached: ReadonlySet<string>
}

/** For so long a change of ownership may go unnoticed. */
export const bikeLifetimeMs = 5_000

export interface RegistryCacheOptions {
  readonly now?: () => number
  /** Beyond, those asked for least recently are forgotten. */
  readonly mostBikes?: number
}

/** Only good news is cached: a missing bike, module or owner is asked for again each time, and believed once it is there. */
export function cacheRegistry(
  registry: BikeRegistry,
  { now = Date.now, mostBikes = 100_000 }: RegistryCacheOptions = {},
): CachedRegistry {
  const cache = new LRUCache<string, { bike: KnownBike; staleAtMs: number }>({ max: mostBikes })

  async function findNewest(bikeIds: readonly string[]): Promise<Map<string, KnownBike>> {
    if (bikeIds.length === 0) return new Map()
    const staleAtMs = now() + bikeLifetimeMs
    const found = await registry.find(bikeIds)
    for (const [bikeId, bike] of found) cache.set(bikeId, { bike, staleAtMs })
    return found
  }

  return {
    async find(questions) {
      const bikes = new Map<string, KnownBike>()
      const unknown = new Set<string>()
      for (const { bikeId, speaker } of questions) {
        const cached = cache.get(bikeId)
        if (cached !== undefined && cached.staleAtMs > now() && maySpeak(cached.bike, speaker)) {
          bikes.set(bikeId, cached.bike)
        } else unknown.add(bikeId)
      }
      const newest = await findNewest([...unknown])
      const cached = new Set([...bikes.keys()].filter((bikeId) => !unknown.has(bikeId)))
      return { bikes: new Map([...bikes, ...newest]), cached }
    },
    findNewest,
  }
}

function maySpeak({ devices, ownerships }: KnownBike, speaker: BikeQuestion['speaker']): boolean {
  if ('deviceId' in speaker) return devices.some(({ deviceId }) => deviceId === speaker.deviceId)
  return ownerships.some(({ riderId, untilMs }) => riderId === speaker.riderId && untilMs === Infinity)
}

/** A clock's own decision holds for ever, unless a former one may hold for some of its tracks. */
export function cacheClocks(store: ClockStore, mostClocks = 200_000): ClockStore {
  const cache = new LRUCache<string, KnownClock>({ max: mostClocks })
  return {
    async find(questions) {
      const cached = questions.map((question) => cache.get(clockName(question)))
      const open = questions.filter((_, i) => cached[i] === undefined)
      const found = open.length === 0 ? [] : await store.find(open)
      const known = new Map(found.map((clock, i) => [open[i], clock]))
      for (const [question, { own, mayBeFormer }] of known) {
        if (question !== undefined && own !== undefined && !mayBeFormer) {
          cache.set(clockName(question), { own, mayBeFormer })
        }
      }
      return questions.map((question, i) => cached[i] ?? (known.get(question) as KnownClock))
    },
    decide: (questions, plan) => store.decide(questions, plan),
  }
}

const rawOf = (arrival: Arrival) => (arrival.kind === 'track' ? arrival.arrived.raw : arrival.raw)

/** The arrivals, in their order, those of phones with the tombstones of their riders. */
export async function withTombstones(
  arrivals: readonly Arrival[],
  tombstones: Tombstones,
): Promise<Arrival[]> {
  const phones = arrivals.map(rawOf).flatMap((raw) => (raw?.device === undefined ? (raw?.sender ?? []) : []))
  const found = await tombstones.find([...new Set(phones)])
  return arrivals.map((arrival) => buried(arrival, found.get(rawOf(arrival)?.sender ?? '')))
}

/** Who sent it before he was erased has no name any more. Who sends it afterwards may ask what became of it. */
function buried(arrival: Arrival, tombstone: Tombstone | undefined): Arrival {
  const came = rawOf(arrival)
  if (came === undefined || tombstone === undefined) return arrival
  const isOlder = Number(came.receivedAtMs) < tombstone.erasedAtMs
  const raw = isOlder ? { ...came, sender: erasedName(tombstone.erasureId) } : came
  return arrival.kind === 'track'
    ? { ...arrival, arrived: { ...arrival.arrived, raw, tombstone } }
    : { ...arrival, raw }
}
