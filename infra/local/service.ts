// One process of the platform: started with its settings, ready when /readyz says so, restartable at the same address.
import type { Env } from './engines/engine.ts'
import { type ManagedProcess, type ProcessPlan, startProcess } from './managed-process.ts'
import type { ProcessIdentity } from './process-identity.ts'
import type { OnProgress } from './progress.ts'

export type Service = {
  readonly name: string
  readonly pid: number
  readonly url: string
  readonly identity: ProcessIdentity
  readonly logFile: string
  kill: (signal: NodeJS.Signals) => void
  /** Stops it if it still runs, starts it again, resolves when it is ready. */
  restart: () => Promise<void>
}

export type ServiceOptions = {
  name: string
  /** The file that Node runs. */
  entry: string
  url: string
  env: Env
  logFile: string
  onStart: (identity: ProcessIdentity) => void
  onProgress: OnProgress
}

export type OwnedService = Service & {
  start: (signal?: AbortSignal) => Promise<void>
  stop: () => Promise<void>
}

const readyWithinMs = 90_000
const stopWithinMs = 25_000

export const createService = (options: ServiceOptions): OwnedService => {
  const { name, url, logFile } = options
  const plan = planOf(options)
  let current: ManagedProcess | undefined
  let expectedToEnd = false
  const owned = (): ManagedProcess => {
    if (current === undefined) throw new Error(`${name} was not started`)
    return current
  }
  const start = async (signal?: AbortSignal) => {
    expectedToEnd = false
    current = startProcess(plan, (how) => {
      if (!expectedToEnd) options.onProgress(`${name} ended by itself (${how}), see ${logFile}`)
    })
    options.onStart(current.identity)
    await current.waitUntilReady(signal)
  }
  const stop = async () => {
    expectedToEnd = true
    await current?.stop()
  }
  return {
    name,
    url,
    logFile,
    get pid() {
      return owned().identity.pid
    },
    get identity() {
      return owned().identity
    },
    start,
    stop,
    kill: (signal) => {
      expectedToEnd = true
      owned().kill(signal)
    },
    restart: async () => {
      await stop()
      await start()
    },
  }
}

const planOf = ({ name, entry, url, env, logFile }: ServiceOptions): ProcessPlan => {
  const port = Number(new URL(url).port)
  return {
    name,
    command: process.execPath,
    args: [entry],
    env: { ...process.env, ...env, HOST: '127.0.0.1', PORT: String(port) },
    port,
    logFile,
    isReady: async () => {
      const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })
      await response.body?.cancel()
      return response.ok
    },
    readyWithinMs,
    stopWithinMs,
  }
}
