// The services of the platform's core, a row each. Whoever lists services derives the list from this table.
import type { Setting } from './runtime/config.ts'
import type { StopGroup } from './runtime/process.ts'
import type { CommonSetting, Scope } from './runtime/service.ts'
import type { Topic } from './topics.ts'

/** Where a service reads or writes beside topics. */
type Place = Topic | 'PostgreSQL' | 'Elasticsearch' | `RabbitMQ ${string}` | 'HTTP'

export interface ServiceRow {
  /** As in `node core/main.ts NAME`; also its consumer group, the label `worker` of its metrics, its name in logs and engines. */
  readonly name: string
  /** Its folder in the repository, where service.ts puts it together. */
  readonly room: string
  /** Its purpose, for people. */
  readonly does: string
  /** Besides those that every service has. */
  readonly settings: readonly Setting[]
  readonly reads: readonly Place[]
  readonly writes: readonly Place[]
  /** Of which it asks how far their readers have come. */
  readonly awaits?: readonly Topic[]
  readonly stops: StopGroup
  /** The port of its own listener, where it has one. */
  readonly portSetting?: Setting
  /** Of use only where modules of bikes report through a broker. */
  readonly forDevices?: true
}

const kafka = [
  'KAFKA_BROKERS',
  'KAFKA_SECURITY_PROTOCOL',
  'KAFKA_CA_FILE',
  'KAFKA_USERNAME',
  'KAFKA_PASSWORD_FILE',
] as const
const postgres = ['DATABASE_URL'] as const
const elasticsearch = [
  'ELASTICSEARCH_URL',
  'ELASTICSEARCH_USERNAME',
  'ELASTICSEARCH_PASSWORD',
  'ELASTICSEARCH_CA_FILE',
] as const
const rabbitmq = ['AMQP_URL', 'RABBITMQ_MANAGEMENT_URL'] as const
/** A rider's data may be on their way in each of them. */
const awaitedTopics = [
  'telemetry.raw',
  'telemetry.clean',
  'telemetry.stored',
  'telemetry.outcomes',
  'telemetry.quarantine',
] as const
const commandSigning = [
  'COMMAND_SIGNING_KEY_FILE',
  'COMMAND_SIGNING_CERTIFICATE_FILE',
  'COMMAND_SIGNING_PASSPHRASE_FILE',
] as const

export const services = [
  {
    name: 'normalize',
    room: 'core/telemetry/normalize',
    does: 'checks bike, sender and time of each track',
    settings: [...kafka, ...postgres, 'TOMBSTONE_KEY_FILE'],
    reads: ['telemetry.raw', 'PostgreSQL'],
    writes: ['telemetry.clean', 'telemetry.quarantine', 'telemetry.outcomes', 'PostgreSQL'],
    stops: 'worker',
  },
  {
    name: 'search',
    room: 'core/telemetry/search',
    does: 'writes Elasticsearch, one partition a month',
    settings: [...kafka, ...postgres, ...elasticsearch],
    reads: ['telemetry.clean', 'PostgreSQL'],
    writes: ['Elasticsearch', 'telemetry.stored', 'telemetry.quarantine', 'telemetry.outcomes'],
    stops: 'worker',
  },
  {
    name: 'latest',
    room: 'core/telemetry/latest',
    does: 'keeps the newest state of each bike in PostgreSQL',
    settings: [...kafka, ...postgres],
    reads: ['telemetry.clean'],
    writes: ['PostgreSQL', 'telemetry.outcomes'],
    stops: 'worker',
  },
  {
    name: 'ledger',
    room: 'core/telemetry/ledger',
    does: 'keeps the books',
    settings: [...kafka, ...postgres, 'LEDGER_DAYS'],
    reads: ['telemetry.outcomes'],
    writes: ['PostgreSQL'],
    stops: 'worker',
  },
  {
    name: 'quarantine',
    room: 'core/telemetry/quarantine',
    does: 'keeps what was not believed, and replays it when more is known of the bike',
    settings: [...kafka, ...postgres],
    reads: ['telemetry.quarantine'],
    writes: ['PostgreSQL', 'telemetry.raw'],
    stops: 'worker',
  },
  {
    name: 'analytics',
    room: 'core/research/stream',
    does: 'passes on what riders consent to, and whom readers forget',
    settings: [...kafka, ...postgres],
    reads: ['telemetry.stored', 'analytics.progress', 'PostgreSQL'],
    writes: [
      'analytics.tracks',
      'analytics.withdrawals',
      'analytics.progress',
      'telemetry.outcomes',
      'PostgreSQL',
    ],
    stops: 'worker',
  },
  {
    name: 'research-copy',
    room: 'core/research/copy',
    does: 'keeps consented samples without places for research, and deletes those of who withdrew',
    settings: [...kafka, ...postgres, ...elasticsearch],
    reads: ['analytics.tracks', 'PostgreSQL'],
    writes: ['Elasticsearch', 'PostgreSQL'],
    stops: 'worker',
  },
  {
    name: 'fleet',
    room: 'core/fleet/judging',
    does: 'believes, holds or refuses what plants, OEMs and workshops say; publishes bikes',
    settings: [...kafka, ...postgres, 'STATEMENT_AUDIENCE', 'UNSEALED_STATEMENTS'],
    reads: ['manufacturing.events', 'PostgreSQL'],
    writes: ['PostgreSQL', 'bike.entity', 'manufacturing.quarantine'],
    stops: 'worker',
  },
  {
    name: 'bikes',
    room: 'core/fleet/bikes',
    does: 'knows the bikes that were published; lets telemetry go on that waited for them',
    settings: [...kafka, ...postgres],
    reads: ['bike.entity'],
    writes: ['PostgreSQL', 'telemetry.raw'],
    stops: 'worker',
  },
  {
    name: 'witness',
    room: 'core/fleet/installed-parts',
    does: 'compares the parts that bikes report with the records',
    settings: [...kafka, ...postgres],
    reads: ['telemetry.clean', 'PostgreSQL'],
    writes: ['PostgreSQL'],
    stops: 'worker',
  },
  {
    name: 'quality',
    room: 'core/fleet/field-errors',
    does: 'keeps what bikes rode and which faults they had, for field errors',
    settings: [...kafka, ...postgres],
    reads: ['telemetry.stored'],
    writes: ['PostgreSQL'],
    stops: 'worker',
  },
  {
    name: 'tiers',
    room: 'core/telemetry/tiers',
    does: 'merges quiet months, moves old ones to cheaper nodes, and takes snapshots',
    settings: [...elasticsearch, 'SNAPSHOT_REPOSITORY'],
    reads: ['Elasticsearch'],
    writes: ['Elasticsearch'],
    stops: 'worker',
  },
  {
    name: 'rides',
    room: 'core/riders/rides',
    does: 'finds the rides of bikes, and publishes them; erases riders',
    settings: [...kafka, ...postgres, ...elasticsearch, 'TOMBSTONE_KEY_FILE'],
    reads: ['telemetry.stored', 'Elasticsearch', 'PostgreSQL'],
    writes: ['PostgreSQL', 'Elasticsearch', 'ride.entity', 'privacy.journal'],
    awaits: awaitedTopics,
    stops: 'worker',
  },
  {
    name: 'devices',
    room: 'core/devices/bridge',
    does: 'carries what modules publish from RabbitMQ to Kafka; suspends those beyond their quota',
    settings: [
      ...kafka,
      ...rabbitmq,
      ...postgres,
      'SAMPLE_RATE_PER_SENDER',
      'SAMPLE_BURST_PER_SENDER',
      'MODULE_SUSPENSION_S',
    ],
    reads: ['RabbitMQ `telemetry.*`', 'RabbitMQ `dead-letters`', 'PostgreSQL'],
    writes: ['telemetry.raw', 'telemetry.quarantine', 'PostgreSQL'],
    stops: 'intake',
    forDevices: true,
  },
  {
    name: 'presence',
    room: 'core/devices/presence',
    does: 'knows who is online; ends connections of modules out of service',
    settings: [...postgres, ...rabbitmq],
    reads: ['RabbitMQ `connections`', 'PostgreSQL'],
    writes: ['PostgreSQL'],
    stops: 'worker',
    forDevices: true,
  },
  {
    name: 'commands',
    room: 'core/devices/commands',
    does: 'carries commands to bikes that are connected, and their answers back; purges those of former owners',
    settings: [...postgres, ...rabbitmq, ...commandSigning],
    reads: ['PostgreSQL', 'RabbitMQ `commands.acks`'],
    writes: ['RabbitMQ `bikes.*.commands`', 'PostgreSQL'],
    stops: 'worker',
    forDevices: true,
  },
  {
    name: 'gaps',
    room: 'core/telemetry/gaps',
    does: 'knows which tracks of a module are missing, and asks for its state',
    settings: [...kafka, ...postgres],
    reads: ['telemetry.clean', 'PostgreSQL'],
    writes: ['PostgreSQL'],
    stops: 'worker',
    forDevices: true,
  },
  {
    name: 'gatekeeper',
    room: 'core/devices/gatekeeper',
    does: 'tells the broker what a module may; without it nobody new gets in',
    settings: postgres,
    reads: ['HTTP', 'PostgreSQL'],
    writes: ['PostgreSQL'],
    stops: 'answer',
    portSetting: 'GATEKEEPER_PORT',
    forDevices: true,
  },
  {
    name: 'api',
    room: 'core/api',
    does: 'reads back: latest state, telemetry, uploads, master data; takes commands, claims of bikes, decisions and statements',
    settings: [
      ...kafka,
      ...postgres,
      ...elasticsearch,
      'JWKS_URL',
      'JWT_ISSUER',
      'JWT_AUDIENCE',
      'TOKEN_MAX_LIFETIME_S',
      'TRUSTED_PROXIES',
      'API_FAILED_TOKENS_PER_ADDRESS',
      'API_RATE_PER_CALLER',
      'API_MAX_IN_FLIGHT',
      'API_MAX_IN_FLIGHT_PER_CALLER',
      'STATEMENT_AUDIENCE',
      'STATEMENT_SEAL_KEY_FILE',
      'RESEARCH_URL',
      'RESEARCH_KEY_MODELS_FILE',
    ],
    reads: ['HTTP', 'PostgreSQL', 'Elasticsearch'],
    writes: ['PostgreSQL', 'manufacturing.events'],
    stops: 'answer',
    portSetting: 'API_PORT',
  },
  {
    name: 'console',
    room: 'console',
    does: 'shows riders their bikes, rides and data in the browser',
    settings: [
      'API_URL',
      'CONSOLE_URL',
      'CONSOLE_SESSION_SECRET',
      'OIDC_ISSUER_URL',
      'OIDC_CLIENT_ID',
      'OIDC_CLIENT_SECRET',
      'OIDC_SCOPE',
    ],
    reads: ['HTTP'],
    writes: [],
    stops: 'answer',
    portSetting: 'CONSOLE_PORT',
  },
  {
    name: 'research-gateway',
    room: 'core/research/gateway',
    does: 'answers researchers who ask the research copy as if it were Elasticsearch',
    settings: [...postgres, ...elasticsearch],
    reads: ['HTTP', 'PostgreSQL', 'Elasticsearch'],
    writes: ['PostgreSQL'],
    stops: 'answer',
    portSetting: 'RESEARCH_GATEWAY_PORT',
  },
] as const satisfies readonly ServiceRow[]

type Row = (typeof services)[number]
export type ServiceName = Row['name']

/** The services that read the topic. */
export const readersOf = (topic: Topic): ServiceName[] =>
  services.filter(({ reads }: ServiceRow) => reads.includes(topic)).map(({ name }) => name)

type SettingOf<N extends ServiceName> = Extract<Row, { name: N }>['settings'][number]

/** The service of that name is put together from this: settings in its row, and those that every service has. */
export type ScopeOf<N extends ServiceName> = Scope<SettingOf<N> | CommonSetting>

/** The services that have one of the settings. */
export type ServiceWith<S extends Setting> = {
  [N in ServiceName]: S extends SettingOf<N> ? N : never
}[ServiceName]
