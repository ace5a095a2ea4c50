// The stores behind caches: a registry entry holds for seconds, a clock's decision for ever.
import { LRUCache } from 'lru-cache'
import { clockName } from './clock.ts'
import type { BikeRegistry, ClockStore, KnownBike, KnownClock } from './port.ts'

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
