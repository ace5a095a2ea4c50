// The model's answer as text. Pure.
import { formatTable } from '../../infra/stage/table.ts'
import { loadOf, rateAt } from './demand.ts'
import type { Capacity } from './model.ts'
import { type ParameterName, parameterNames, parameters } from './parameters.ts'

const whole = (value: number) => Math.round(value).toLocaleString('en')
/** Two digits that tell something, more of large numbers. */
const short = (value: number) => (value < 10 ? String(Number(value.toPrecision(2))) : whole(value))
const billion = (value: number) => `${(value / 1e9).toFixed(1)} billion`

export function formatCapacity(capacity: Capacity): string {
  return [
    `${whole(capacity.parameters.bikes)} bikes, after ${capacity.years} years`,
    demand(capacity),
    byHour(capacity),
    processes(capacity),
    kafka(capacity),
    stores(capacity),
    money(capacity),
  ].join('\n\n')
}

function demand({ samplesPerYear, rates, parameters: p }: Capacity): string {
  const { phones, modules } = samplesPerYear
  const rows = (['peak', 'mean', 'trough'] as const).map((when) => {
    const rate = rates[when]
    const load = loadOf(p, rate)
    return [
      when,
      whole(rate.phones),
      whole(rate.modules),
      whole(load.samplesPerSecond),
      short(load.tracksPerSecond),
    ]
  })
  return [
    `A year has ${billion(phones + modules)} samples: ${billion(phones)} of phones, ${billion(modules)} of modules.`,
    formatTable(['', 'phones, samples/s', 'modules, samples/s', 'together', 'tracks/s'], rows),
  ].join('\n')
}

const seasons = [
  ['January', 0],
  ['April', 3],
  ['July', 6],
  ['October', 9],
] as const

function byHour({ parameters: p }: Capacity): string {
  const rate = (month: number, weekday: number, hour: number) => {
    const { phones, modules } = rateAt(p, { month, weekday, hour })
    return whole(phones + modules)
  }
  const head = ['hour', ...seasons.flatMap(([name]) => [`${name} Wed`, 'Sun'])]
  const rows = Array.from({ length: 24 }, (_, hour) => [
    String(hour).padStart(2, '0'),
    ...seasons.flatMap(([, month]) => [rate(month, 3, hour), rate(month, 0, hour)]),
  ])
  return ['Samples a second, mean of the hour (local time):', formatTable(head, rows)].join('\n')
}

function processes({ stages, meanProcesses }: Capacity): string {
  const rows = stages.map(({ stage, peak, mean, trough }) => [
    stage,
    peak.processes,
    mean.processes,
    trough.processes,
    short(peak.cores),
    short(mean.cores),
  ])
  return [
    `Processes, at least two of each; ${meanProcesses.toFixed(1)} run in the mean of the year:`,
    formatTable(['stage', 'peak', 'mean', 'trough', 'busy cores, peak', 'mean'], rows),
  ].join('\n')
}

function kafka({ kafka: { topics, cores, diskGiB } }: Capacity): string {
  const rows = topics.map(({ topic, partitions, diskGiB: gib }) => [topic, partitions, whole(gib)])
  return [
    `Kafka: ${short(cores)} cores at the peak, ${whole(diskGiB)} GiB of disk with room:`,
    formatTable(['topic', 'partitions', 'GiB, all copies'], rows),
  ].join('\n')
}

function stores({ elasticsearch, postgres, broker }: Capacity): string {
  const rows = elasticsearch.tiers.map(({ tier, diskGiB, memoryGiB }) => [
    tier,
    whole(diskGiB),
    whole(memoryGiB),
  ])
  return [
    `Elasticsearch: ${billion(elasticsearch.documentsPerYear)} documents and ${whole(elasticsearch.primaryGiBPerYear)} GiB a year (one copy), ` +
      `${elasticsearch.shardsPerMonth} shards in the busiest month, ${short(elasticsearch.cores)} cores at the peak:`,
    formatTable(['tier', 'disk GiB, all copies and room', 'memory GiB'], rows),
    '',
    `PostgreSQL: ${short(postgres.cores)} cores at the peak; latest state ${short(postgres.latestGiB)} GiB, ` +
      `ledger ${short(postgres.ledgerGiB)} GiB, claims ${short(postgres.claimsGiB)} GiB.`,
    `RabbitMQ: ${whole(broker.connections)} connections, clusters of three nodes: ${broker.clusters}, ` +
      `${short(broker.cores)} cores, ${short(broker.memoryGiB)} GiB of memory.`,
  ].join('\n')
}

function money({ expenses, moneyPerYear, parameters: p, samplesPerYear }: Capacity): string {
  const rows = expenses.map((each) => [
    each.what,
    short(each.cores),
    whole(each.memoryGiB),
    whole(each.fastDiskGiB),
    whole(each.slowDiskGiB),
    whole(each.perYear),
  ])
  const billions = (samplesPerYear.phones + samplesPerYear.modules) / 1e9
  return [
    `${whole(moneyPerYear)} € a year: ${(moneyPerYear / p.bikes).toFixed(3)} € a bike, ${whole(moneyPerYear / billions)} € a billion samples of the year.`,
    formatTable(['', 'cores', 'memory GiB', 'fast disk GiB', 'slow disk GiB', '€ a year'], rows),
  ].join('\n')
}

/** For `--help`. */
export function describeParameters(optionOf: (name: ParameterName) => string): string {
  return parameterNames
    .map((name) => {
      const { value, unit, meaning } = parameters[name]
      return `  --${optionOf(name).padEnd(34)} ${meaning} (${value.toLocaleString('en')} ${unit})`
    })
    .join('\n')
}
