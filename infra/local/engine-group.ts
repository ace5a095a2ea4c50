// The engines of the platform together: those that the environment names, and local processes for the others.
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeEngineTls } from './engine-certificates.ts'
import { type Engine, type Env, givenByEnvironment } from './engines/engine.ts'
import { engines } from './engines/index.ts'
import { acquireLock } from './lock.ts'
import { openPidFile } from './pid-file.ts'
import { openPortBook } from './ports.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { type OnProgress, step } from './progress.ts'
import { openSecrets } from './secrets.ts'
import { defaultDataDir } from './settings.ts'
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts'

export type EnginesOptions = {
  /** By name; all by default. */
  engines?: readonly string[]
  dataDir?: string
  /** Where an address is looked for before an engine is started. */
  environment?: NodeJS.ProcessEnv
  onProgress: OnProgress
  /** Gives up a start; what runs by then is stopped before the rejection. */
  signal?: AbortSignal
  /** For tests: begins with empty data and leaves none. */
  temporary?: boolean
  /** With TLS from an authority of this start. */
  secure?: boolean
  /** An engine that ends by itself is started anew; otherwise it is only told. */
  keep?: boolean
  /** Told when an engine is started anew. */
  onRestart?: () => void
  /** How long to wait for another process that uses the same data folder. */
  lockTimeoutMs?: number
}

export type RunningEngines = {
  /** Addresses and credentials of all engines, as the platform's processes read them. */
  env: Env
  processes: readonly SupervisedProcess[]
  stop: () => Promise<void>
}

export const startEngines = async (options: EnginesOptions): Promise<RunningEngines> => {
  const { environment = process.env, onProgress } = options
  const wanted = chooseEngines(options.engines)
  const env: Env = {}
  const local: Engine[] = []
  for (const engine of wanted) {
    const given = givenByEnvironment(engine, environment)
    if (given === undefined) local.push(engine)
    else onProgress(`${engine.name}: using ${engine.variables[0]} of the environment`)
    Object.assign(env, given)
  }
  if (local.length === 0) return { env, processes: [], stop: async () => undefined }
  const started = await startLocally(local, options)
  return { ...started, env: { ...env, ...started.env } }
}

const chooseEngines = (names: readonly string[] | undefined): readonly Engine[] => {
  const unknown = names?.filter((name) => !engines.some((engine) => engine.name === name)) ?? []
  if (unknown.length > 0) throw new Error(`no such engine: ${unknown.join(', ')}`)
  return engines.filter(({ name }) => names === undefined || names.includes(name))
}

const startLocally = async (local: readonly Engine[], options: EnginesOptions): Promise<RunningEngines> => {
  const { dataDir = defaultDataDir(), onProgress, signal, temporary = false, secure = false } = options
  const { keep = false, onRestart } = options
  const logDir = join(dataDir, 'log')
  await mkdir(logDir, { recursive: true })
  const release = await lockData(dataDir, options)
  const pidFile = openPidFile(join(dataDir, 'engines.processes.json'))
  const removeData = () =>
    Promise.all(
      local
        .flatMap((engine) => engine.dataDirs(dataDir))
        .map((dir) => rm(dir, { recursive: true, force: true })),
    )
  const processes: SupervisedProcess[] = []
  let stopping: Promise<void> | undefined
  const stopAll = async () => {
    const names = processes.map(({ plan }) => plan.name).join(', ')
    const stopEach = () => Promise.all(processes.map((engine) => engine.stop()))
    if (processes.length > 0) await step(onProgress, `stopping ${names}`, stopEach)
    if (temporary) await removeData()
    pidFile.clear()
    await release()
  }
  const stop = () => {
    stopping ??= stopAll()
    return stopping
  }
  let isUp = false
  const onStart = (identity: ProcessIdentity) => {
    pidFile.add(identity)
    if (isUp) onRestart?.()
  }
  try {
    await pidFile.endLeftovers()
    if (temporary) await removeData()
    const env: Env = {}
    const context = {
      dataDir,
      logDir,
      ports: openPortBook(dataDir),
      secrets: openSecrets(dataDir),
      tls: secure ? await makeEngineTls(dataDir) : undefined,
      temporary,
      onProgress,
    }
    for (const engine of local) {
      signal?.throwIfAborted()
      const { env: addresses, plan } = await engine.prepare(context)
      processes.push(superviseProcess({ plan, keep, onStart, onProgress }))
      Object.assign(env, addresses)
    }
    const awaited = new Set(processes.map(({ plan }) => plan.name))
    await step(
      onProgress,
      `starting ${[...awaited].join(', ')}`,
      () =>
        Promise.all(
          processes.map(async (engine) => {
            await engine.start(signal)
            awaited.delete(engine.plan.name)
          }),
        ),
      () => `waiting for ${[...awaited].join(', ')}`,
    )
    isUp = true
    return { env, processes, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const lockData = (dataDir: string, { lockTimeoutMs = 0, onProgress }: EnginesOptions) =>
  acquireLock({
    path: join(dataDir, 'engines.lock'),
    timeoutMs: lockTimeoutMs,
    onWait: ({ pid }) => onProgress(`waiting: process ${pid} uses the data in ${dataDir}`),
  })
