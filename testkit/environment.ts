// Where tests, demonstration, benchmarks and load tests run: real engines, and the platform alone on them under a namespace and
// a database of its own.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTelemetryWriter } from '../core/engines/elasticsearch/index.ts'
import { dropTelemetry } from '../core/engines/elasticsearch/provision.ts'
import { clusterOf, type KafkaCluster, kafkaSettings } from '../core/engines/kafka/client.ts'
import { deleteTopics } from '../core/engines/kafka/topics.ts'
import { readConfig } from '../core/runtime/config.ts'
import { upcoming } from '../core/telemetry/search/partitions.ts'
import {
  defaultDataDir,
  type Env,
  type OnProgress,
  type Platform,
  type ServiceName,
  startEngines,
  startPlatform,
} from '../infra/local/index.ts'
import { createDatabase, dropUsers } from './database.ts'

export interface Environment {
  /** Addresses and settings of engines and services. */
  readonly env: Env
  readonly namespace: string
  readonly services: Platform['services']
  readonly takeOut: Platform['takeOut']
  stop(): Promise<void>
}

/** Tests and demonstration send within seconds what riders ride in days. */
const hurried = { SAMPLE_RATE_PER_SENDER: '0' }

const silent = { info: () => undefined, warn: () => undefined }

interface PlatformOn {
  /** Addresses of the engines. */
  readonly engines: Env
  /** Of whoever needs it, such as `demo`: begins the namespace. */
  readonly name: string
  readonly dataDir: string
  /** Settings of services besides the addresses. */
  readonly settings?: Env
  /** All by default. */
  readonly services?: readonly ServiceName[] | undefined
  /** Each service of core in a process of its own; otherwise they share one. */
  readonly apart?: boolean
  /** Each service comes to the engines with an account of its own; engines that start have TLS. */
  readonly secure?: boolean
  readonly onProgress: OnProgress
  readonly signal?: AbortSignal
}

export interface EnvironmentOptions extends Omit<PlatformOn, 'engines' | 'dataDir'> {
  /** By name; all by default. */
  readonly engines?: readonly string[] | undefined
  /** Where addresses of engines are looked for; the process's by default. */
  readonly environment?: NodeJS.ProcessEnv | undefined
}

/** Engines and the platform on them; `name` also names the folder of the data. `stop` ends and removes all that was made. */
export async function openEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { name, engines: wanted, environment, secure = false, onProgress, signal } = options
  const dataDir = join(defaultDataDir(), name)
  const engines = await startEngines({
    ...(wanted && { engines: wanted }),
    ...(environment && { environment }),
    ...(signal && { signal }),
    ...{ dataDir, secure, onProgress, temporary: true, lockTimeoutMs: 300_000 },
  })
  try {
    const platform = await openPlatform({ ...options, engines: engines.env, dataDir })
    return { ...platform, stop: () => platform.stop().finally(engines.stop) }
  } catch (error) {
    await engines.stop()
    throw error
  }
}

/** The platform on engines that run. It removes what it made, also when the opening fails. */
export async function openPlatform(options: PlatformOn): Promise<Environment> {
  const { engines, name, dataDir, settings, services: wanted, onProgress, signal } = options
  const { apart = false, secure = false } = options
  const namespace = `${name}_${randomBytes(4).toString('hex')}`
  const undo: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const one of undo.splice(0).reverse()) {
      await one().catch((error: unknown) => onProgress(`cleaning up: ${messageOf(error)}`))
    }
  }
  try {
    const adminUrl = engines.DATABASE_URL ?? ''
    const database = await createDatabase(adminUrl, namespace, engines.DATABASE_TEMPLATE)
    undo.push(() => dropUsers(adminUrl, `${namespace}_`), database.drop)
    undo.push(() => removeTraces(engines, namespace))
    const platform = await startPlatform({
      env: { ...hurried, LOG_LEVEL: 'warn', ...engines, DATABASE_URL: database.url, ...settings },
      ...{ dataDir, namespace, apart, secure, onProgress },
      ...(wanted && { services: wanted }),
      ...(signal && { signal }),
    })
    undo.push(platform.stop)
    const { env, services, takeOut } = platform
    if (services.search !== undefined) await makeLastMonth(env, namespace)
    return { env, namespace, services, takeOut, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const weekMs = 7 * 86_400_000

/** A platform that has stood for a while has the month of the last days' rides, on the first of a month, too. */
async function makeLastMonth(env: Env, namespace: string): Promise<void> {
  const store = createTelemetryWriter({ ...elasticsearchOf(env), namespace, log: silent })
  try {
    for (const partition of upcoming(Date.now() - weekMs)) await store.makePartition(partition)
  } finally {
    await store.close()
  }
}

/** Engines that were here before stay as they were. */
async function removeTraces(env: Env, namespace: string): Promise<void> {
  await deleteTopics({ ...kafkaOf(env), namespace })
  await dropTelemetry({ ...elasticsearchOf(env), namespace, log: silent })
}

type Settings = Readonly<Record<string, string | undefined>>

/** Throws when the file of the authority cannot be read. */
export function kafkaOf(env: Settings): KafkaCluster {
  return clusterOf(readConfig(kafkaSettings, env))
}

export function brokersOf(env: Settings): string[] {
  return (env.KAFKA_BROKERS ?? '').split(',')
}

export function elasticsearchOf(env: Settings) {
  return {
    url: env.ELASTICSEARCH_URL ?? '',
    username: env.ELASTICSEARCH_USERNAME ?? '',
    password: env.ELASTICSEARCH_PASSWORD ?? '',
    ...(env.ELASTICSEARCH_CA_FILE && { ca: readFileSync(env.ELASTICSEARCH_CA_FILE, 'utf8') }),
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
