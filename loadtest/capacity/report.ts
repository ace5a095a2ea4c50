// The model's answer as text. Pure.
import { formatTable } from '../../testkit/table.ts'
import { loadOf, rateAt } from './demand.ts'
import type { HourNeed } from './hours.ts'
import type { Capacity } from './model.ts'
import { type ParameterName, parameterNames, parameters } from './parameters.ts'
import { quietServices } from './quiet-services.ts'

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
    hours(capacity),
    kafka(capacity),
    stores(capacity),
    byYear(capacity),
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

function processes({ stages, meanProcesses, quiet }: Capacity): string {
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
    `Costs of quality, rides, witness and gaps are assumed: each what latest was measured to cost.`,
    `Beside the telemetry, ${quiet.processes} of each: ${quietServices.join(', ')}; ${short(quiet.cores)} cores in all, assumed.`,
  ].join('\n')
}

function hours({ hours: { january, july } }: Capacity): string {
  const columns = ({ processes, cores, engineCores }: HourNeed) => [
    processes,
    short(cores),
    short(engineCores),
  ]
  const rows = january.map((need, hour) => [
    String(hour).padStart(2, '0'),
    ...columns(need),
    ...columns(july[hour] as HourNeed),
  ])
  const head = ['processes', 'busy cores', 'engines']
  return [
    'Processes that follow the telemetry, cores they keep busy, and cores of the engines, mean of the hour:',
    formatTable(
      [
        'hour',
        `January Wed ${head[0]}`,
        head[1],
        head[2],
        `July Wed ${head[0]}`,
        head[1],
        head[2],
      ] as string[],
      rows,
    ),
  ].join('\n')
}

function byYear({ byYear: years }: Capacity): string {
  const rows = years.map(({ year, kafkaGiB, tiers, postgresGiB, moneyPerYear }) => [
    year,
    whole(kafkaGiB),
    ...tiers.map(({ diskGiB }) => whole(diskGiB)),
    whole(postgresGiB),
    whole(moneyPerYear),
  ])
  return [
    'Disk at the end of each year, GiB with room (Elasticsearch and Kafka with all copies, PostgreSQL of one), and money:',
    formatTable(['year', 'Kafka', 'hot', 'warm', 'cold', 'PostgreSQL', '€ a year then'], rows),
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
      `${short(elasticsearch.cores)} cores at the peak.`,
    `Primary shards of the busiest month: ${elasticsearch.shardsOfMonth.ride} of its index of rides, ${elasticsearch.shardsOfMonth.system} of the other kinds'; ` +
      `${whole(elasticsearch.shards)} shards in all after those years, with copies.`,
    formatTable(['tier', 'disk GiB, all copies and room', 'memory GiB'], rows),
    '',
    `PostgreSQL: ${short(postgres.cores)} cores at the peak; latest state ${short(postgres.latestGiB)} GiB, ` +
      `ledger ${short(postgres.ledgerGiB)} GiB, claims ${short(postgres.claimsGiB)} GiB, bike_days ${short(postgres.bikeDaysGiB)} GiB, rides ${short(postgres.ridesGiB)} GiB.`,
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
