// What Elasticsearch needs: shards of a month, and disk, memory and cores of each tier after so many years. Pure.
import { demandOf } from '../scenarios/european-day.ts'
import { meanRate, type Rate, samplesPerYear } from './demand.ts'
import { bytesPerDocument } from './measured.ts'
import type { Parameters } from './parameters.ts'
import { engineCores } from './stages.ts'

export const tiers = ['hot', 'warm', 'cold'] as const
export type Tier = (typeof tiers)[number]

export interface TierNeed {
  readonly tier: Tier
  /** With copies and room. */
  readonly diskGiB: number
  readonly memoryGiB: number
}

export interface ElasticsearchNeed {
  readonly documentsPerYear: number
  readonly primaryGiBPerYear: number
  /** Primary shards of the busiest month's partition. */
  readonly shardsPerMonth: number
  readonly cores: number
  readonly tiers: readonly TierNeed[]
}

const gibibyte = 2 ** 30

export function elasticsearchNeed(
  p: Parameters,
  { peak, years }: { peak: Rate; years: number },
): ElasticsearchNeed {
  const { phones, modules } = samplesPerYear(p)
  const documentsPerYear = phones + modules
  const primaryGiBPerYear = (documentsPerYear * bytesPerDocument) / gibibyte
  const busiest = busiestMonth(p)
  return {
    documentsPerYear,
    primaryGiBPerYear,
    shardsPerMonth: Math.ceil((primaryGiBPerYear * busiest) / p.shardGibibytes),
    // Every copy indexes for itself.
    cores: (engineCores(p, 'elasticsearch', peak) * p.copies) / p.utilisation,
    tiers: tiersAfter(p, { years, primaryGiBPerYear, busiest }),
  }
}

/** The share of a year's documents that the busiest month has. */
function busiestMonth(p: Parameters): number {
  const { phones, modules } = meanRate(p)
  const factors = Array.from({ length: 12 }, (_, month) =>
    Array.from({ length: 7 * 24 }, (_, i) =>
      demandOf({ month, weekday: i % 7, hour: Math.floor(i / 7) + 0.5 }),
    ),
  ).map((hours) => hours.reduce((sum, factor) => sum + factor, 0) / hours.length)
  return (phones * Math.max(...factors) + modules) / (phones + modules) / 12
}

function tiersAfter(
  p: Parameters,
  of: { years: number; primaryGiBPerYear: number; busiest: number },
): TierNeed[] {
  const { years, primaryGiBPerYear, busiest } = of
  // The hot months may be the busiest ones; warm and cold hold the rest of all years.
  const all = primaryGiBPerYear * years
  const hot = Math.min(all, primaryGiBPerYear * busiest * p.hotMonths)
  const warm = Math.min(all - hot, (primaryGiBPerYear * (p.warmMonths - p.hotMonths)) / 12)
  const primary = { hot, warm, cold: Math.max(0, all - hot - warm) }
  const diskPerMemory = { hot: p.hotDiskPerMemory, warm: p.warmDiskPerMemory, cold: p.coldDiskPerMemory }
  return tiers.map((tier) => {
    const diskGiB = (primary[tier] * p.copies) / p.fill
    return { tier, diskGiB, memoryGiB: diskGiB / diskPerMemory[tier] }
  })
}
