// The environment of a chaos run: engines of its own, each kept alive by a supervisor and on a small disk where that may be, and the
// platform on them. Engines that the caller gives are used as they are, and nothing happens to them.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createTelemetryReader, type TelemetryReader } from '../../core/engines/elasticsearch/index.ts'
import { connectPostgres, type Sql } from '../../core/engines/postgres/client/connect.ts'
import {
  type Env,
  type OnProgress,
  type Platform,
  type Service,
  type ServiceName,
  startPlatform,
} from '../../infra/local/index.ts'
import { brokersOf, elasticsearchOf } from '../../testkit/environment.ts'
import { watchDisks } from './elasticsearch.ts'
import { type EngineName, engineNames } from './faults.ts'
import { dataFolderOf, type KeptEngine, keepEngine } from './kept-engine.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'

export interface ChaosEnvironment {
  readonly env: Env
  readonly namespace: string
  readonly brokers: readonly string[]
  readonly services: Platform['services']
  /** Second processes of the workers, which take over what a stopped one leaves, and to which nothing is done. */
  readonly siblings: readonly Service[]
  readonly engines: ReadonlyMap<EngineName, KeptEngine>
  readonly disks: ReadonlyMap<EngineName, SmallDisk>
  readonly sql: Sql
  readonly store: TelemetryReader
  /** Leaves the logs in `dataDir`. */
  stop(): Promise<void>
}

export interface ChaosEnvironmentOptions {
  readonly dataDir: string
  readonly namespace: string
  /** Addresses of engines to use instead of private ones. */
  readonly engines?: Env
  readonly smallDisks: boolean
  readonly onProgress: OnProgress
  readonly signal: AbortSignal
}

const restartAfterMs = 3_000
/** The workers that share out the partitions of a topic. */
const twice = ['normalize', 'search', 'latest', 'analytics', 'ledger'] as const satisfies ServiceName[]
const silent = { info: () => undefined, warn: () => undefined }

/** Nothing is left running when it fails; the logs are in `dataDir`. */
export async function openChaosEnvironment(options: ChaosEnvironmentOptions): Promise<ChaosEnvironment> {
  const { dataDir, namespace, onProgress, signal } = options
  const undo: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const one of undo.splice(0).reverse()) {
      await one().catch((error: unknown) => onProgress(`cleaning up: ${String(error)}`))
    }
  }
  try {
    await mkdir(dataDir, { recursive: true })
    const { engines, disks } = await startOwnEngines(options, undo)
    const given = [...engines.values()].map(({ env }) => env)
    const addresses = Object.assign({ LOG_LEVEL: 'warn' }, options.engines, ...given) as Env
    if (disks.has('elasticsearch')) await watchDisks(elasticsearchOf(addresses))
    const platform = await startPlatform({
      env: addresses,
      dataDir,
      namespace,
      apart: true,
      onProgress,
      signal,
    })
    undo.push(platform.stop)
    const { env, services } = platform
    const siblings = await startSiblings(addresses, options, undo)
    const sql = connectPostgres({ url: env.DATABASE_URL ?? '', name: 'chaos', maxConnections: 4 })
    undo.push(() => sql.end({ timeout: 5 }))
    const store = createTelemetryReader({ ...elasticsearchOf(env), namespace, log: silent })
    undo.push(() => store.close())
    return { env, namespace, brokers: brokersOf(env), services, siblings, engines, disks, sql, store, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** At addresses of their own. */
async function startSiblings(
  addresses: Env,
  { dataDir, namespace, onProgress, signal }: ChaosEnvironmentOptions,
  undo: (() => Promise<unknown>)[],
): Promise<readonly Service[]> {
  const second = { env: addresses, dataDir: join(dataDir, 'siblings'), services: twice }
  const platform = await startPlatform({ ...second, namespace, apart: true, onProgress, signal })
  undo.push(platform.stop)
  return Object.values(platform.services)
}

export function allServices({ services, siblings }: ChaosEnvironment): readonly Service[] {
  return [...Object.values(services), ...siblings]
}

async function startOwnEngines(
  { dataDir, engines: given, smallDisks, onProgress, signal }: ChaosEnvironmentOptions,
  undo: (() => Promise<unknown>)[],
) {
  const engines = new Map<EngineName, KeptEngine>()
  const disks = new Map<EngineName, SmallDisk>()
  if (given !== undefined) return { engines, disks }
  const starts = await Promise.allSettled(
    engineNames.map(async (name) => {
      // Of its own, as ports and lock are, so that each can be started again alone.
      const own = join(dataDir, name)
      const folder = dataFolderOf(name, own)
      undo.push(() => rm(folder, { recursive: true, force: true }))
      if (smallDisks) {
        const disk = await mountSmallDisk(folder)
        disks.set(name, disk)
        undo.push(() => disk.unmount())
      }
      const engine = await keepEngine({ name, dataDir: own, restartAfterMs, onProgress, signal })
      engines.set(name, engine)
      undo.push(() => engine.stop())
    }),
  )
  const failed = starts.find((start) => start.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return { engines, disks }
}
