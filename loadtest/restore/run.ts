// A restore drill: backups of a platform under load, the loss of PostgreSQL and Elasticsearch, their restore into empty folders, and all
// that came since once more from Kafka. Then every sample is looked for, as after a chaos run.
import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTelemetryReader } from '../../core/engines/elasticsearch/index.ts'
import { rewindGroups } from '../../core/engines/kafka/rewind-groups.ts'
import { connectPostgres } from '../../core/engines/postgres/client/connect.ts'
import { readersAfterRestore } from '../../core/provision/readers-after-restore.ts'
import { snapshotDir } from '../../infra/local/engines/elasticsearch-config.ts'
import {
  type Env,
  type OnProgress,
  type RunningEngines,
  type ServiceName,
  startEngines,
  startPlatform,
} from '../../infra/local/index.ts'
import { serviceNames } from '../../infra/local/processes.ts'
import { brokersOf, elasticsearchOf, kafkaOf } from '../../testkit/environment.ts'
import { waitUntil } from '../../testkit/wait.ts'
import { type Accounts, openBooks, takeAccounts } from '../chaos/accounts.ts'
import type { ChaosEnvironment } from '../chaos/environment.ts'
import { createFleet } from '../chaos/fleet.ts'
import { dataFolderOf } from '../chaos/kept-engine.ts'
import { createTruth } from '../chaos/truth.ts'
import { underLoad } from '../chaos/under-load.ts'
import {
  archiveLog,
  makeBackupFolders,
  type PostgresBackup,
  recoveredUntil,
  restoreBackup,
  takeBaseBackup,
} from './postgres-backup.ts'
import { openSearchSnapshots, type SearchSnapshots } from './search-snapshot.ts'

export interface DrillOptions {
  readonly dataDir: string
  /** Of riding before the backups, between them and the loss, and while nobody does anything about the loss. */
  readonly seconds: number
  readonly phones: number
  readonly modules: number
  readonly seed: number
  readonly onProgress: OnProgress
  readonly signal: AbortSignal
}

export interface DrillResult {
  readonly recorded: number
  /** By how much each store was older than the loss when it was restored. */
  readonly olderS: { readonly postgres: number; readonly elasticsearch: number }
  /** From the loss on. */
  readonly restoredS: number
  readonly servedS: number
  readonly completeS: number
  readonly rejected: readonly string[]
  readonly accounts: Accounts
}

const namespace = 'drill'
const lostEngines = ['postgres', 'elasticsearch'] as const
const keptEngines = ['kafka', 'rabbitmq'] as const
type EngineName = (typeof lostEngines)[number] | (typeof keptEngines)[number]
/** A record may have waited so long when the store's backup was taken. */
const lagMs = 60_000
const settlesWithinMs = 600_000
/** They stay up: phones are answered, and nobody needs to know of the loss. */
const front: readonly ServiceName[] = ['issuer', 'edge']
const core = serviceNames.filter((name) => !front.includes(name))
const silent = { info: () => undefined, warn: () => undefined }

/** Leaves the logs in `dataDir` when it rejects. */
export async function runDrill(options: DrillOptions): Promise<DrillResult> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    return await drill(options, undo)
  } finally {
    for (const one of undo.reverse()) {
      await one().catch((error: unknown) => options.onProgress(`cleaning up: ${String(error)}`))
    }
  }
}

async function drill(options: DrillOptions, undo: (() => Promise<unknown>)[]): Promise<DrillResult> {
  const { dataDir, seconds, seed, onProgress, signal } = options
  const engines = await startAll(options, undo)
  const address: Env = Object.assign({ LOG_LEVEL: 'warn' }, ...[...engines.values()].map(({ env }) => env))
  const sql = connectPostgres({ url: address.DATABASE_URL ?? '', name: 'drill', maxConnections: 4 })
  undo.push(() => sql.end({ timeout: 5 }))
  const backups = await makeBackupFolders(
    join(dataFolder('postgres', dataDir), '..', `backup-${randomBytes(4).toString('hex')}`),
  )
  undo.push(() => rm(join(backups.base, '..'), { recursive: true, force: true }))
  await archiveLog(sql, backups)
  await engines.get('postgres')?.processes[0]?.restart()

  const outer = await startPlatform({ env: address, dataDir, namespace, services: front, onProgress, signal })
  undo.push(outer.stop)
  const startCore = () =>
    startPlatform({
      ...{ env: outer.env, dataDir: join(dataDir, 'core'), namespace, services: core, onProgress, signal },
    })
  let inner = await startCore()
  undo.push(() => inner.stop())
  const { env } = inner
  const search = { ...elasticsearchOf(env), namespace, log: silent }
  const [store, snapshots] = [createTelemetryReader(search), openSearchSnapshots(search)]
  undo.push(() => Promise.all([store.close(), snapshots.close()]))
  const environment: ChaosEnvironment = {
    ...{
      env,
      namespace,
      brokers: brokersOf(env),
      services: { ...outer.services, ...inner.services },
      siblings: [],
    },
    ...{ engines: new Map(), disks: new Map(), sql, store, stop: async () => undefined },
  }
  const truth = createTruth()
  const fleet = await createFleet({
    environment,
    truth,
    seed,
    phones: options.phones,
    modules: options.modules,
  })
  undo.push(fleet.stop)

  const result = await underLoad({ ride: fleet.ride, signal }, async (whileRiding) => {
    const ride = () => sleep(seconds * 1_000, undefined, { signal: whileRiding })
    await ride()
    onProgress(`${truth.samples()} samples were recorded; taking backups`)
    const searchUntilMs = await takeBackups({ sql, snapshots, backups, dataDir, signal: whileRiding })
    await ride()
    const lostAtMs = Date.now()
    onProgress(`${truth.samples()} samples were recorded; PostgreSQL and Elasticsearch are lost`)
    for (const name of lostEngines) await lose(engines.get(name))
    await ride()
    await inner.stop()
    await restoreEngines({ ...options, engines, snapshots, backups })
    const databaseUntilMs = await untilRecovered(sql, whileRiding)
    const restoredAtMs = Date.now()
    onProgress('both are restored; the groups go back')
    const atMs = Math.min(databaseUntilMs, searchUntilMs) - lagMs
    await rewindGroups(kafkaOf(env), { readers: readersAfterRestore(namespace), atMs })
    inner = await startCore()
    return { lostAtMs, searchUntilMs, databaseUntilMs, restoredAtMs, servedAtMs: Date.now() }
  })
  const settling = { withinMs: settlesWithinMs, everyMs: 500, signal }
  onProgress(`${truth.samples()} samples were recorded; waiting until all of them have come to their end`)
  await waitUntil(() => fleet.waiting(), settling)
  await waitUntil(() => openBooks(environment, truth), settling).catch((error: unknown) =>
    onProgress(String(error)),
  )
  const completeAtMs = Date.now()
  onProgress('asking the engines')
  const sinceLossS = (ms: number) => (ms - result.lostAtMs) / 1_000
  return {
    recorded: truth.samples(),
    olderS: {
      postgres: -sinceLossS(result.databaseUntilMs),
      elasticsearch: -sinceLossS(result.searchUntilMs),
    },
    restoredS: sinceLossS(result.restoredAtMs),
    servedS: sinceLossS(result.servedAtMs),
    completeS: sinceLossS(completeAtMs),
    rejected: fleet.rejected(),
    accounts: await takeAccounts(environment, truth),
  }
}

type Engines = Map<EngineName, RunningEngines>

/** Each with a folder of its own, so that it can be lost and started alone, at the same address. */
async function startAll(
  { dataDir, onProgress, signal }: DrillOptions,
  undo: (() => Promise<unknown>)[],
): Promise<Engines> {
  const engines: Engines = new Map()
  for (const name of [...keptEngines, ...lostEngines]) undo.push(async () => engines.get(name)?.stop())
  await Promise.all(
    [...keptEngines, ...lostEngines].map(async (name) => {
      engines.set(name, await startOne(name, { dataDir, onProgress, signal }))
    }),
  )
  return engines
}

type Start = Pick<DrillOptions, 'dataDir' | 'onProgress' | 'signal'>

const startOne = (name: EngineName, { dataDir, onProgress, signal }: Start): Promise<RunningEngines> =>
  startEngines({ engines: [name], dataDir: join(dataDir, name), environment: {}, onProgress, signal })

const dataFolder = (name: EngineName, dataDir: string) => dataFolderOf(name, join(dataDir, name))

/** As when its machine burns, with the disk. */
async function lose(engine: RunningEngines | undefined): Promise<void> {
  for (const process of engine?.processes ?? []) {
    process.kill('SIGKILL')
    await process.gone
  }
  await engine?.stop()
}

interface Backing {
  readonly backups: PostgresBackup
  readonly snapshots: SearchSnapshots
}

/** Resolves with the moment of the snapshot. */
async function takeBackups({
  sql,
  backups,
  snapshots,
  dataDir,
  signal,
}: Backing & {
  sql: ReturnType<typeof connectPostgres>
  dataDir: string
  signal: AbortSignal
}): Promise<number> {
  await takeBaseBackup(sql, dataFolder('postgres', dataDir), backups)
  await snapshots.register(snapshotDir(dataFolder('elasticsearch', dataDir)))
  return snapshots.take(signal)
}

/** The snapshots outlive their engine, as a bucket does. */
async function restoreEngines({
  engines,
  backups,
  snapshots,
  ...options
}: Backing & DrillOptions & { engines: Engines }): Promise<void> {
  const { dataDir } = options
  await restoreBackup(dataFolder('postgres', dataDir), backups)
  const search = dataFolder('elasticsearch', dataDir)
  const kept = `${search}-snapshots`
  await rename(snapshotDir(search), kept)
  await rm(search, { recursive: true, force: true })
  await Promise.all(
    lostEngines.map(async (name) => {
      engines.set(name, await startOne(name, options))
    }),
  )
  await rename(kept, snapshotDir(search))
  await snapshots.register(snapshotDir(search))
  await snapshots.restoreNewest()
}

async function untilRecovered(
  sql: Parameters<typeof recoveredUntil>[0],
  signal: AbortSignal,
): Promise<number> {
  let untilMs: number | undefined
  const missing = async () => {
    untilMs = await recoveredUntil(sql).catch(() => undefined)
    return untilMs === undefined ? ['PostgreSQL has not recovered'] : []
  }
  await waitUntil(missing, { withinMs: 300_000, everyMs: 200, signal })
  return untilMs ?? 0
}
