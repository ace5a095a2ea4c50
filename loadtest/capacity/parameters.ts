// What the model is told about the fleet, the machines and the prices: every number that is assumed and not measured.

interface Parameter {
  readonly value: number
  readonly unit: string
  readonly meaning: string
}

/** Each is an option of the command, in kebab case. */
export const parameters = {
  bikes: { value: 2_000_000, unit: 'bikes', meaning: 'in the field' },

  recordedShare: { value: 0.1, unit: 'of the bikes', meaning: 'whose rides a phone records and uploads' },
  ridesPerYear: { value: 60, unit: 'rides', meaning: 'of such a bike' },
  minutesPerRide: { value: 25, unit: 'min', meaning: 'of riding' },
  samplesPerSecond: { value: 1, unit: '/s', meaning: 'samples of a phone while it records' },
  samplesPerUpload: { value: 300, unit: 'samples', meaning: 'in a track of a phone: five minutes' },

  moduleShare: { value: 0.05, unit: 'of the bikes', meaning: 'with a module of their own on MQTT' },
  moduleSamplesPerDay: { value: 600, unit: 'samples', meaning: 'of a module, evenly over day and year' },
  samplesPerMessage: { value: 20, unit: 'samples', meaning: 'in a message of a module' },

  consentingShare: { value: 0.3, unit: 'of the samples', meaning: 'that go into the consented stream' },

  peakFactor: {
    value: 2.5,
    unit: 'times',
    meaning:
      'of the busiest hour of an ordinary year: the first warm Sunday, and the busiest minute of its busiest hour',
  },
  utilisation: { value: 0.6, unit: 'of a core', meaning: 'at most at the peak, for processes and engines' },
  growth: {
    value: 2,
    unit: 'times',
    meaning: 'as many partitions as the peak needs: adding some later moves bikes between them',
  },
  replicas: { value: 3, unit: 'copies', meaning: 'of a Kafka partition and of a quorum queue' },
  followerCost: { value: 0.5, unit: 'of the leader', meaning: 'CPU of a follower of a Kafka partition' },
  fill: { value: 0.7, unit: 'of a disk', meaning: 'at most used' },
  processMebibytes: { value: 512, unit: 'MiB', meaning: 'given to a process of ours' },

  hotMonths: { value: 2, unit: 'months', meaning: 'of telemetry on fast disks' },
  warmMonths: { value: 12, unit: 'months', meaning: 'of age at which telemetry gets cold' },
  copies: { value: 2, unit: 'copies', meaning: 'of every document in Elasticsearch, the primary among them' },
  shardGibibytes: { value: 40, unit: 'GiB', meaning: 'of a shard at most' },
  hotDiskPerMemory: { value: 30, unit: 'GiB a GiB', meaning: 'disk to memory of a hot node' },
  warmDiskPerMemory: { value: 160, unit: 'GiB a GiB', meaning: 'disk to memory of a warm node' },
  coldDiskPerMemory: { value: 500, unit: 'GiB a GiB', meaning: 'disk to memory of a cold node' },
  ledgerDays: { value: 365, unit: 'days', meaning: 'for which the books of an upload are kept' },

  postgresDiskPerMemory: { value: 20, unit: 'GiB a GiB', meaning: 'disk to memory of PostgreSQL' },

  connectionsPerCluster: {
    value: 200_000,
    unit: 'connections',
    meaning: 'of modules to a cluster of the broker',
  },
  mebibytesPerThousandConnections: {
    value: 120,
    unit: 'MiB',
    meaning: 'of the broker, with TLS and a session each',
  },

  pricePerCoreMonth: { value: 20, unit: '€', meaning: 'a core for a month' },
  pricePerMemoryMonth: { value: 2.5, unit: '€', meaning: 'a GiB of memory for a month' },
  pricePerFastDiskMonth: { value: 0.1, unit: '€', meaning: 'a GiB of fast disk for a month' },
  pricePerSlowDiskMonth: { value: 0.03, unit: '€', meaning: 'a GiB of slow disk for a month: warm and cold' },
} as const satisfies Record<string, Parameter>

export type ParameterName = keyof typeof parameters
export type Parameters = Readonly<Record<ParameterName, number>>

export const parameterNames = Object.keys(parameters) as ParameterName[]

export const defaults = Object.fromEntries(
  parameterNames.map((name) => [name, parameters[name].value]),
) as Parameters

/** `recordedShare` is `--recorded-share`. */
export function optionOf(name: ParameterName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
