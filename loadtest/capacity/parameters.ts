// What the model is told about the fleet, the machines and the prices: every number that is assumed and not measured.

/** What a value must be, in words and as a test. */
export const ranges = {
  positive: { words: 'more than 0', has: (value: number) => value > 0 },
  factor: { words: 'at least 1', has: (value: number) => value >= 1 },
  count: {
    words: 'a whole number of at least 1',
    has: (value: number) => Number.isInteger(value) && value >= 1,
  },
  share: { words: 'more than 0 and at most 1', has: (value: number) => value > 0 && value <= 1 },
  /** Something must be left over. */
  part: { words: 'more than 0 and less than 1', has: (value: number) => value > 0 && value < 1 },
} as const

interface Parameter {
  readonly value: number
  readonly range: keyof typeof ranges
  readonly unit: string
  readonly meaning: string
}

/** Each is an option of the command, in kebab case. */
export const parameters = {
  bikes: { value: 2_000_000, range: 'count', unit: 'bikes', meaning: 'in the field' },

  recordedShare: {
    value: 0.1,
    range: 'share',
    unit: 'of the bikes',
    meaning: 'whose rides a phone records and uploads',
  },
  ridesPerYear: { value: 60, range: 'positive', unit: 'rides', meaning: 'of such a bike' },
  minutesPerRide: { value: 25, range: 'positive', unit: 'min', meaning: 'of riding' },
  samplesPerSecond: {
    value: 1,
    range: 'positive',
    unit: '/s',
    meaning: 'samples of a phone while it records',
  },
  samplesPerUpload: {
    value: 300,
    range: 'factor',
    unit: 'samples',
    meaning: 'in a track of a phone: five minutes',
  },

  moduleShare: {
    value: 0.05,
    range: 'share',
    unit: 'of the bikes',
    meaning: 'with a module of their own on MQTT',
  },
  moduleSamplesPerDay: {
    value: 600,
    range: 'positive',
    unit: 'samples',
    meaning: 'of a module, evenly over day and year',
  },
  samplesPerMessage: { value: 20, range: 'factor', unit: 'samples', meaning: 'in a message of a module' },

  consentingShare: {
    value: 0.3,
    range: 'share',
    unit: 'of the samples',
    meaning: 'that go into the consented stream',
  },

  peakFactor: {
    value: 2.5,
    range: 'factor',
    unit: 'times',
    meaning:
      'of the busiest hour of an ordinary year: the first warm Sunday, and the busiest minute of its busiest hour',
  },
  utilisation: {
    value: 0.6,
    range: 'part',
    unit: 'of a core',
    meaning: 'at most at the peak, for processes and engines',
  },
  growth: {
    value: 2,
    range: 'factor',
    unit: 'times',
    meaning: 'as many partitions as the peak needs: adding some later moves bikes between them',
  },
  replicas: {
    value: 3,
    range: 'count',
    unit: 'copies',
    meaning: 'of a Kafka partition and of a quorum queue',
  },
  followerCost: {
    value: 0.5,
    range: 'share',
    unit: 'of the leader',
    meaning: 'CPU of a follower of a Kafka partition',
  },
  fill: { value: 0.7, range: 'part', unit: 'of a disk', meaning: 'at most used' },
  processMebibytes: { value: 512, range: 'positive', unit: 'MiB', meaning: 'given to a process of ours' },

  quietCores: {
    value: 0.2,
    range: 'positive',
    unit: 'of a core',
    meaning: 'reserved for a process whose work does not follow the telemetry',
  },
  bikesPerQuietPair: {
    value: 4_000_000,
    range: 'count',
    unit: 'bikes',
    meaning: 'for which two such processes do',
  },

  rideShare: {
    value: 0.9,
    range: 'part',
    unit: 'of the samples',
    meaning: 'that are rides: they have an index of their own, all other kinds share one',
  },
  hotMonths: { value: 2, range: 'positive', unit: 'months', meaning: 'of telemetry on fast disks' },
  warmMonths: {
    value: 12,
    range: 'positive',
    unit: 'months',
    meaning: 'of age at which telemetry gets cold',
  },
  copies: {
    value: 2,
    range: 'count',
    unit: 'copies',
    meaning: 'of every document in Elasticsearch, the primary among them',
  },
  shardGibibytes: { value: 40, range: 'positive', unit: 'GiB', meaning: 'of a shard at most' },
  hotDiskPerMemory: {
    value: 30,
    range: 'positive',
    unit: 'GiB a GiB',
    meaning: 'disk to memory of a hot node',
  },
  warmDiskPerMemory: {
    value: 160,
    range: 'positive',
    unit: 'GiB a GiB',
    meaning: 'disk to memory of a warm node',
  },
  coldDiskPerMemory: {
    value: 500,
    range: 'positive',
    unit: 'GiB a GiB',
    meaning: 'disk to memory of a cold node',
  },
  ledgerDays: {
    value: 90,
    range: 'count',
    unit: 'days',
    meaning: 'for which the books of an upload are kept, and up to a week longer: LEDGER_DAYS',
  },
  ledgerDetailDays: {
    value: 1,
    range: 'positive',
    unit: 'days',
    meaning: 'for which a track has details: an hour, and longer where samples wait in quarantine',
  },

  bytesPerBikeDay: {
    value: 300,
    range: 'positive',
    unit: 'B',
    meaning: 'of a row of bike_days with its indices: a bike, a day and a recorder',
  },

  postgresDiskPerMemory: {
    value: 20,
    range: 'positive',
    unit: 'GiB a GiB',
    meaning: 'disk to memory of PostgreSQL',
  },

  connectionsPerCluster: {
    value: 200_000,
    range: 'count',
    unit: 'connections',
    meaning: 'of modules to a cluster of the broker',
  },
  mebibytesPerThousandConnections: {
    value: 120,
    range: 'positive',
    unit: 'MiB',
    meaning: 'of the broker, with TLS and a session each',
  },

  pricePerCoreMonth: { value: 20, range: 'positive', unit: '€', meaning: 'a core for a month' },
  pricePerMemoryMonth: { value: 2.5, range: 'positive', unit: '€', meaning: 'a GiB of memory for a month' },
  pricePerFastDiskMonth: {
    value: 0.1,
    range: 'positive',
    unit: '€',
    meaning: 'a GiB of fast disk for a month',
  },
  pricePerSlowDiskMonth: {
    value: 0.03,
    range: 'positive',
    unit: '€',
    meaning: 'a GiB of slow disk for a month: warm and cold',
  },
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
