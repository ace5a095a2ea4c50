// What it costs a year: processes by the hour they run, engines for their peak. Pure.
import { hoursOfYear, rateAt } from './demand.ts'
import type { ElasticsearchNeed } from './elasticsearch.ts'
import type { KafkaNeed } from './kafka.ts'
import { type Basis, stageNames } from './measured.ts'
import type { QuietNeed } from './quiet-services.ts'
import { needOf } from './stages.ts'
import type { BrokerNeed, PostgresNeed } from './stores.ts'

export interface Expense {
  readonly what: string
  readonly cores: number
  readonly memoryGiB: number
  readonly fastDiskGiB: number
  readonly slowDiskGiB: number
  readonly perYear: number
}

export interface Needs {
  readonly quiet: QuietNeed
  readonly kafka: KafkaNeed
  readonly elasticsearch: ElasticsearchNeed
  readonly postgres: PostgresNeed
  readonly broker: BrokerNeed
}

/** The engines run on three machines at least, each of this size at least. */
const fewestNodes = 3
const smallestNode = { cores: 2, memoryGiB: 8 }
const memoryPerCoreGiB = 4

export function expensesOf(p: Basis, needs: Needs): Expense[] {
  const processes = meanProcesses(p)
  const expense = (what: string, of: Partial<Omit<Expense, 'what' | 'perYear'>>): Expense => {
    const { cores = 0, memoryGiB = 0, fastDiskGiB = 0, slowDiskGiB = 0 } = of
    const perMonth =
      cores * p.pricePerCoreMonth +
      memoryGiB * p.pricePerMemoryMonth +
      fastDiskGiB * p.pricePerFastDiskMonth +
      slowDiskGiB * p.pricePerSlowDiskMonth
    return { what, cores, memoryGiB, fastDiskGiB, slowDiskGiB, perYear: 12 * perMonth }
  }
  const engine = (cores: number, memoryGiB = cores * memoryPerCoreGiB) => ({
    cores: Math.max(fewestNodes * smallestNode.cores, Math.ceil(cores)),
    memoryGiB: Math.max(fewestNodes * smallestNode.memoryGiB, Math.ceil(memoryGiB)),
  })
  const { quiet, kafka, elasticsearch, postgres, broker } = needs
  const tier = Object.fromEntries(elasticsearch.tiers.map((each) => [each.tier, each]))
  const slowMemoryGiB = (tier.warm?.memoryGiB ?? 0) + (tier.cold?.memoryGiB ?? 0)
  return [
    expense('our processes, as many as the hour needs', {
      cores: processes,
      memoryGiB: (processes * p.processMebibytes) / 1_024,
    }),
    expense('our services beside the telemetry', { cores: quiet.cores, memoryGiB: quiet.memoryGiB }),
    expense('Kafka', { ...engine(kafka.cores), fastDiskGiB: kafka.diskGiB }),
    expense('Elasticsearch, hot', {
      ...engine(
        elasticsearch.cores,
        Math.max(elasticsearch.cores * memoryPerCoreGiB, tier.hot?.memoryGiB ?? 0),
      ),
      fastDiskGiB: tier.hot?.diskGiB ?? 0,
    }),
    expense('Elasticsearch, warm and cold', {
      ...engine(slowMemoryGiB / (2 * memoryPerCoreGiB), slowMemoryGiB),
      slowDiskGiB: (tier.warm?.diskGiB ?? 0) + (tier.cold?.diskGiB ?? 0),
    }),
    // A primary and a standby.
    expense('PostgreSQL', {
      ...engine(2 * postgres.cores, (2 * postgres.diskGiB) / p.postgresDiskPerMemory),
      fastDiskGiB: 2 * postgres.diskGiB,
    }),
    expense('RabbitMQ', {
      cores: Math.max(fewestNodes * smallestNode.cores * broker.clusters, Math.ceil(broker.cores)),
      memoryGiB: Math.max(
        fewestNodes * smallestNode.memoryGiB * broker.clusters,
        Math.ceil(broker.memoryGiB),
      ),
    }),
  ]
}

/** Of all stages, over the hours of a year. */
export function meanProcesses(p: Basis): number {
  return hoursOfYear.reduce((sum, moment) => {
    const rate = rateAt(p, moment)
    return sum + moment.share * stageNames.reduce((all, stage) => all + needOf(p, stage, rate).processes, 0)
  }, 0)
}
