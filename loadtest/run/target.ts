// The platform under load: one of its own, started for the run, or the one whose addresses the environment has.
import { createTelemetryReader, type TelemetryReader } from '../../core/engines/elasticsearch/index.ts'
import { connectPostgres, type Sql } from '../../core/engines/postgres/client/connect.ts'
import type { Env, OnProgress } from '../../infra/local/index.ts'
import { adminUrlVariable, serviceNames } from '../../infra/local/processes.ts'
import { elasticsearchOf, openEnvironment } from '../../testkit/environment.ts'

export interface Target {
  readonly env: Env
  readonly namespace: string
  /** Nobody else sends to it, and its edge has the scenario's settings. */
  readonly isOwn: boolean
  /** What is sampled, at the addresses of health and metrics. */
  readonly services: readonly { readonly name: string; readonly url: string }[]
  readonly sql: Sql
  readonly store: TelemetryReader
  close(): Promise<void>
}

export interface TargetOptions {
  /** Of the edge, if it is one of ours. */
  readonly settings: Env
  /** Has the addresses of engines, or of a whole platform, or none. */
  readonly environment: NodeJS.ProcessEnv
  /** Those started or used for a platform of ours; all by default. */
  readonly engines?: readonly string[] | undefined
  readonly onProgress: OnProgress
  readonly signal: AbortSignal
}

const silent = { info: () => undefined, warn: () => undefined }
/** `npm run stack -- env` has them all. */
const needed = ['EDGE_URL', 'TOKEN_URL', 'DATABASE_URL', 'ELASTICSEARCH_URL', 'KAFKA_BROKERS'] as const

export function openTarget(options: TargetOptions): Promise<Target> {
  return options.environment.EDGE_URL ? openGiven(options) : openOwn(options)
}

async function openOwn(options: TargetOptions): Promise<Target> {
  const environment = await openEnvironment({ name: 'load', apart: true, ...options })
  const clients = openClients(environment)
  return {
    ...environment,
    ...clients,
    isOwn: true,
    services: sampledServices(environment.env),
    close: async () => {
      await clients.close()
      await environment.stop()
    },
  }
}

async function openGiven({ environment, onProgress }: TargetOptions): Promise<Target> {
  const missing = needed.filter((name) => !environment[name])
  if (missing.length > 0) {
    throw new Error(
      `with EDGE_URL the environment must also have ${missing.join(', ')}: npm run stack -- env`,
    )
  }
  const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value)) as Env
  const namespace = env.NAMESPACE ?? ''
  onProgress(`using the platform at ${env.EDGE_URL}; its edge keeps its own settings`)
  const clients = openClients({ env, namespace })
  return { env, namespace, isOwn: false, services: sampledServices(env), ...clients }
}

function openClients({ env, namespace }: { env: Env; namespace: string }) {
  const sql = connectPostgres({
    url: env.DATABASE_URL ?? '',
    name: 'load',
    maxConnections: 4,
    statementTimeoutMs: 60_000,
  })
  const store = createTelemetryReader({ ...elasticsearchOf(env), namespace, log: silent })
  return { sql, store, close: async () => void (await Promise.all([sql.end({ timeout: 5 }), store.close()])) }
}

/** The issuer is no part of the platform. */
function sampledServices(env: Env): Target['services'] {
  return serviceNames
    .filter((name) => name !== 'issuer')
    .flatMap((name) => {
      const url = env[adminUrlVariable(name)]
      return url === undefined ? [] : [{ name, url }]
    })
}
