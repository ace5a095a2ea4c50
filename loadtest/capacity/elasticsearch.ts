// What Elasticsearch needs: shards of a month's indices, and disk, memory and cores of each tier after so many years. Pure.
import { demandOf } from '../scenarios/european-day.ts'
import { meanRate, type Rate, samplesPerYear } from './demand.ts'
import { type Basis, bytesPerDocument } from './measured.ts'
import type { Parameters } from './parameters.ts'
import { engineCores } from './stages.ts'

const tiers = ['hot', 'warm', 'cold'] as const
type Tier = (typeof tiers)[number]

export interface TierNeed {
  readonly tier: Tier
  /** With copies and room. */
  readonly diskGiB: number
  readonly memoryGiB: number
}

/** A month has an index of rides, and one of all other kinds. */
interface ShardNeed {
  readonly ride: number
  readonly system: number
}

export interface ElasticsearchNeed {
  readonly documentsPerYear: number
  readonly primaryGiBPerYear: number
  /** Primary shards of each index of the busiest month. */
  readonly shardsOfMonth: ShardNeed
  /** Of all indices of all years, with their copies. */
  readonly shards: number
  readonly cores: number
  readonly tiers: readonly TierNeed[]
}

const gibibyte = 2 ** 30

export function elasticsearchNeed(
  p: Basis,
  { peak, years }: { peak: Rate; years: number },
): ElasticsearchNeed {
  const months = shareByMonth(p).map((share) => shardsOf(p, share * primaryGiBPerYear(p)))
  const ofYear = months.reduce((sum, { ride, system }) => sum + ride + system, 0)
  return {
    documentsPerYear: documentsPerYear(p),
    primaryGiBPerYear: primaryGiBPerYear(p),
    shardsOfMonth: {
      ride: Math.max(...months.map(({ ride }) => ride)),
      system: Math.max(...months.map(({ system }) => system)),
    },
    shards: ofYear * years * p.copies,
    cores: engineCores(p, 'elasticsearch', peak),
    tiers: tiersAfter(p, years),
  }
}

function documentsPerYear(p: Parameters): number {
  const { phones, modules } = samplesPerYear(p)
  return phones + modules
}

/** Of one copy. */
function primaryGiBPerYear(p: Parameters): number {
  return (documentsPerYear(p) * bytesPerDocument) / gibibyte
}

/** An index has one primary shard at least. */
function shardsOf(p: Parameters, monthGiB: number): ShardNeed {
  return {
    ride: Math.ceil((monthGiB * p.rideShare) / p.shardGibibytes),
    system: Math.max(1, Math.ceil((monthGiB * (1 - p.rideShare)) / p.shardGibibytes)),
  }
}

/** What share of a year's documents each month has. */
function shareByMonth(p: Parameters): number[] {
  const { phones, modules } = meanRate(p)
  return Array.from({ length: 12 }, (_, month) => {
    const hours = Array.from({ length: 7 * 24 }, (_, i) =>
      demandOf({ month, weekday: i % 7, hour: Math.floor(i / 7) + 0.5 }),
    )
    const factor = hours.reduce((sum, each) => sum + each, 0) / hours.length
    return (phones * factor + modules) / (phones + modules) / 12
  })
}

/** At the end of that year; nothing is deleted. */
function tiersAfter(p: Parameters, years: number): TierNeed[] {
  const ofYear = primaryGiBPerYear(p)
  // The hot months may be the busiest ones; warm and cold hold the rest of all years.
  const all = ofYear * years
  const hot = Math.min(all, ofYear * Math.max(...shareByMonth(p)) * p.hotMonths)
  const warm = Math.min(all - hot, (ofYear * (p.warmMonths - p.hotMonths)) / 12)
  const primary = { hot, warm, cold: Math.max(0, all - hot - warm) }
  const diskPerMemory = { hot: p.hotDiskPerMemory, warm: p.warmDiskPerMemory, cold: p.coldDiskPerMemory }
  return tiers.map((tier) => {
    const diskGiB = (primary[tier] * p.copies) / p.fill
    return { tier, diskGiB, memoryGiB: diskGiB / diskPerMemory[tier] }
  })
}
