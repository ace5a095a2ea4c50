// The stores behind caches: a registry entry holds for seconds, a clock's decision for ever.
import { LRUCache } from 'lru-cache'
import { clockName } from './clock.ts'
import type { BikeRegistry, ClockKey, ClockProposal, ClockStore, KeptClock, KnownBike } from './port.ts'

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

/** Of several proposals for a clock the store gets the first. */
export function cacheClocks(store: ClockStore, mostClocks = 200_000): ClockStore {
  const cache = new LRUCache<string, KeptClock>({ max: mostClocks })
  return {
    async settle(proposals, keys) {
      const settled: KeptClock[] = []
      const open = new Map<string, ClockKey>()
      for (const key of keys) {
        const cached = cache.get(clockName(key))
        if (cached !== undefined) settled.push(cached)
        else open.set(clockName(key), key)
      }
      if (open.size === 0) return settled
      const first = firstOfEach(proposals.filter((proposal) => open.has(clockName(proposal))))
      const kept = await store.settle(first, [...open.values()])
      for (const clock of kept) cache.set(clockName(clock), clock)
      return [...settled, ...kept]
    },
  }
}

function firstOfEach(proposals: readonly ClockProposal[]): ClockProposal[] {
  const first = new Map<string, ClockProposal>()
  for (const proposal of proposals) {
    const name = clockName(proposal)
    if (!first.has(name)) first.set(name, proposal)
  }
  return [...first.values()]
}
