// What the model says, in machines that AWS has: the variable `sizes` of infra/terraform. Pure.
import type { Capacity } from './model.ts'
import { quietServices } from './quiet-services.ts'

interface Machine {
  readonly type: string
  readonly cores: number
  readonly memoryGiB: number
}

interface ServiceSize {
  /** Units of Fargate: 1,024 are a core. */
  readonly cpu: number
  readonly memory_mib: number
  readonly least: number
  readonly day: number
  readonly most: number
}

interface TierSize {
  readonly nodes: number
  readonly instance_type: string
  readonly memory_gib: number
  readonly volume_gib: number
  readonly volume_type: 'gp3' | 'st1'
}

export interface Sizes {
  readonly kafka: { readonly instance_type: string; readonly brokers: number; readonly volume_gib: number }
  readonly postgres: {
    readonly instance_class: string
    readonly storage_gib: number
    readonly most_storage_gib: number
  }
  readonly search: Readonly<Record<string, TierSize>>
  readonly broker: {
    readonly instance_type: string
    readonly memory_gib: number
    readonly volume_gib: number
  }
  readonly services: Readonly<Record<string, ServiceSize>>
}

const family = (prefix: string, memoryPerCore: number, sizes: readonly (readonly [string, number])[]) =>
  sizes.map(([size, cores]) => ({ type: `${prefix}.${size}`, cores, memoryGiB: cores * memoryPerCore }))

const upTo4x = [
  ['large', 2],
  ['xlarge', 4],
  ['2xlarge', 8],
  ['4xlarge', 16],
] as const
const upTo16x = [...upTo4x, ['8xlarge', 32], ['12xlarge', 48], ['16xlarge', 64]] as const
const machines = {
  kafka: family('kafka.m7g', 4, upTo4x),
  postgres: family('db.r7g', 8, upTo16x),
  // No larger: beyond 64 GiB a second node serves better than more memory.
  search: family('r7g', 8, upTo4x.slice(0, 3)),
  broker: family('m7g', 4, upTo16x),
}

const fewestNodes = 3
const fewestOfATier = 2
/** What a volume of AWS holds at most, and of the slow kind at least. */
const [largestVolumeGiB, smallestSlowVolumeGiB] = [16_384, 125]
const memoryPerCoreGiB = 4

/** Throws an Error where the fleet needs what the configuration does not have. */
export function sizesOf(capacity: Capacity): Sizes {
  const { kafka, postgres, broker, parameters } = capacity
  if (broker.clusters > 1)
    throw new Error(
      `${broker.connections.toLocaleString('en')} modules need ${broker.clusters} clusters of the broker; infra/terraform has one`,
    )
  const brokers = threes(Math.max(kafka.cores / 16, kafka.diskGiB / largestVolumeGiB))
  return {
    kafka: {
      instance_type: fitting(machines.kafka, { cores: kafka.cores / brokers }).type,
      brokers,
      volume_gib: Math.max(10, Math.ceil(kafka.diskGiB / brokers)),
    },
    postgres: {
      instance_class: fitting(machines.postgres, {
        cores: postgres.cores,
        memoryGiB: postgres.diskGiB / parameters.postgresDiskPerMemory,
      }).type,
      storage_gib: Math.max(20, Math.ceil(postgres.diskGiB)),
      most_storage_gib: 2 * Math.max(20, Math.ceil(postgres.diskGiB)),
    },
    search: searchOf(capacity),
    broker: brokerOf(capacity),
    services: servicesOf(capacity),
  }
}

function searchOf({ elasticsearch }: Capacity): Record<string, TierSize> {
  const needed = elasticsearch.tiers.filter(({ tier, diskGiB }) => tier === 'hot' || diskGiB > 0)
  return Object.fromEntries(
    needed.map(({ tier, diskGiB, memoryGiB }) => {
      const isHot = tier === 'hot'
      const cores = isHot ? elasticsearch.cores : 0
      const memory = Math.max(memoryGiB, cores * memoryPerCoreGiB)
      const largest = machines.search.at(-1) as Machine
      const nodes = Math.max(
        isHot ? fewestNodes : fewestOfATier,
        Math.ceil(Math.max(memory / largest.memoryGiB, cores / largest.cores, diskGiB / largestVolumeGiB)),
      )
      const machine = fitting(machines.search, { cores: cores / nodes, memoryGiB: memory / nodes })
      const volumeGiB = Math.ceil(diskGiB / nodes)
      return [
        tier,
        {
          ...{ nodes, instance_type: machine.type, memory_gib: machine.memoryGiB },
          volume_gib: Math.max(isHot ? 20 : smallestSlowVolumeGiB, volumeGiB),
          volume_type: isHot ? 'gp3' : 'st1',
        },
      ]
    }),
  )
}

function brokerOf({ broker }: Capacity): Sizes['broker'] {
  const machine = fitting(machines.broker, {
    cores: broker.cores / fewestNodes,
    memoryGiB: broker.memoryGiB / fewestNodes,
  })
  return { instance_type: machine.type, memory_gib: machine.memoryGiB, volume_gib: 50 }
}

/** At night and in winter as many as the quietest hour needs, by day as many as the mean, and the peak's at most. */
function servicesOf({ stages, quiet, parameters }: Capacity): Record<string, ServiceSize> {
  const ofStages = stages.map(({ stage, peak, mean, trough }) => {
    const most = peak.processes
    return [
      stage,
      {
        ...fargate(peak.cores / most / parameters.utilisation, parameters.processMebibytes),
        ...{ least: trough.processes, day: mean.processes, most },
      },
    ] as const
  })
  const { processes } = quiet
  const ofQuiet = quietServices.map(
    (service) =>
      [
        service,
        {
          ...fargate(parameters.quietCores, parameters.processMebibytes),
          ...{ least: processes, day: processes, most: 2 * processes },
        },
      ] as const,
  )
  return Object.fromEntries([...ofStages, ...ofQuiet])
}

/** A process has one thread of JavaScript: more than a core is of no use to it. */
function fargate(cores: number, mebibytes: number): Pick<ServiceSize, 'cpu' | 'memory_mib'> {
  const cpu = [256, 512].find((units) => units / 1_024 >= cores) ?? 1_024
  return { cpu, memory_mib: Math.max(2 * cpu, 512 * Math.ceil(mebibytes / 512)) }
}

const threes = (needed: number): number => 3 * Math.max(1, Math.ceil(needed / 3))

/** The smallest that has as much. Throws an Error where none has. */
function fitting(some: readonly Machine[], need: { cores?: number; memoryGiB?: number }): Machine {
  const { cores = 0, memoryGiB = 0 } = need
  const found = some.find((each) => each.cores >= cores && each.memoryGiB >= memoryGiB)
  if (found === undefined)
    throw new Error(
      `no machine like ${some[0]?.type} has ${Math.ceil(cores)} cores and ${Math.ceil(memoryGiB)} GiB of memory`,
    )
  return found
}
