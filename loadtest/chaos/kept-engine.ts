// A private engine that is started again whenever it ends, as a supervisor would do it.
import { join } from 'node:path'
import { rest } from '../../core/runtime/back-off.ts'
import { engines } from '../../infra/local/engines/index.ts'
import { type Env, type OnProgress, type RunningEngines, startEngines } from '../../infra/local/index.ts'
import type { ProcessIdentity } from '../../infra/local/process-identity.ts'
import type { SupervisedProcess } from '../../infra/local/supervised-process.ts'
import type { EngineName } from './faults.ts'

export interface KeptEngine {
  readonly name: EngineName
  readonly env: Env
  /** Of the process that runs now, or ran last. */
  identity(): ProcessIdentity
  /** Serves, as far as its start has told. */
  isUp(): boolean
  /** When it was last started again. */
  startedAtMs(): number
  stop(): Promise<void>
}

export interface KeepOptions {
  readonly name: EngineName
  /** Of this engine alone. */
  readonly dataDir: string
  readonly restartAfterMs: number
  readonly onProgress: OnProgress
  readonly signal: AbortSignal
}

/** Beyond this the supervisor gives up; the run then notices that nothing heals. */
const startsAtMost = 60

/** Where the engine keeps its data. */
export function dataFolderOf(name: EngineName, dataDir: string): string {
  const [folder = join(dataDir, name)] =
    engines.find((engine) => engine.name === name)?.dataDirs(dataDir) ?? []
  return folder
}

export async function keepEngine(options: KeepOptions): Promise<KeptEngine> {
  const { name, dataDir, restartAfterMs, onProgress } = options
  const ending = new AbortController()
  const signal = AbortSignal.any([options.signal, ending.signal])
  const start = (onLine: OnProgress) =>
    startEngines({ engines: [name], dataDir, environment: {}, onProgress: onLine, signal })
  let running: RunningEngines = await start(onProgress)
  let isUp = true
  let startedAtMs = performance.now()

  async function startAgain(): Promise<RunningEngines | undefined> {
    for (let attempt = 0; attempt < startsAtMost && !signal.aborted; attempt++) {
      await rest(restartAfterMs, signal)
      if (signal.aborted) break
      startedAtMs = performance.now()
      const again = await start(() => undefined).catch((error: unknown) => {
        onProgress(`${name} does not start yet: ${firstLine(error)}`)
        return undefined
      })
      if (again !== undefined) return again
    }
    return undefined
  }

  async function supervise(): Promise<void> {
    while (!signal.aborted) {
      await processOf(running).gone
      isUp = false
      await running.stop()
      const again = await startAgain()
      if (again === undefined) return
      running = again
      isUp = true
    }
  }

  const supervising = supervise()
  return {
    name,
    env: running.env,
    identity: () => processOf(running).identity,
    isUp: () => isUp,
    startedAtMs: () => startedAtMs,
    async stop() {
      ending.abort()
      await running.stop()
      await supervising
    },
  }
}

/** Throws when the engine has no process of its own. */
function processOf({ processes: [process] }: RunningEngines): SupervisedProcess {
  if (process === undefined) throw new Error('the engine was not started here')
  return process
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
}
