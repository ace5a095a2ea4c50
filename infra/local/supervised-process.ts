// One process of the platform: started with its settings, ready when its listeners say so, started anew when it crashes.
import { pause } from '../../core/runtime/back-off.ts'
import type { Env } from './engines/engine.ts'
import { type ManagedProcess, type ProcessPlan, startProcess } from './managed-process.ts'
import type { ProcessIdentity } from './process-identity.ts'
import type { OnProgress } from './progress.ts'

/** A service as its process runs it; several share a process, and what happens to one then happens to all. */
export type Service = {
  readonly name: string
  readonly pid: number
  readonly url: string
  /** Of its process's health and metrics. */
  readonly adminUrl: string
  readonly identity: ProcessIdentity
  readonly logFile: string
  kill: (signal: NodeJS.Signals) => void
  /** Stops it if it still runs, starts it again, resolves when it is ready. */
  restart: () => Promise<void>
}

export type SupervisedOptions = {
  name: string
  /** Of Node: a file and its arguments. */
  args: readonly string[]
  /** Where it tells its health. */
  adminUrl: string
  env: Env
  logFile: string
  onStart: (identity: ProcessIdentity) => void
  onProgress: OnProgress
}

export type SupervisedProcess = Omit<Service, 'url' | 'adminUrl' | 'restart'> & {
  start: (signal?: AbortSignal) => Promise<void>
  stop: () => Promise<void>
  /** As it was started, or with other arguments until the next restart. */
  restart: (args?: readonly string[]) => Promise<void>
}

const readyWithinMs = 180_000
const stopWithinMs = 25_000
const backOff = { firstMs: 1_000, longestMs: 30_000 }
/** Who has run for so long did not crash at its start. */
const steadyMs = 60_000

export const superviseProcess = (options: SupervisedOptions): SupervisedProcess => {
  const { name, logFile, onProgress } = options
  let plan = planOf(options)
  let current: ManagedProcess | undefined
  let expectedToEnd = false
  let isUp = false
  let restarts = new AbortController()
  let crashes = 0
  const owned = (): ManagedProcess => {
    if (current === undefined) throw new Error(`${name} was not started`)
    return current
  }
  const launch = () => {
    const startedAtMs = Date.now()
    const process = startProcess(plan, (how) => {
      if (expectedToEnd) return
      onProgress(`${name} ended by itself (${how}), see ${logFile}`)
      if (isUp) void startAnew(Date.now() - startedAtMs, restarts.signal)
    })
    current = process
    options.onStart(process.identity)
    return process
  }
  const startAnew = async (ranForMs: number, signal: AbortSignal) => {
    crashes = ranForMs > steadyMs ? 0 : crashes + 1
    await pause(crashes, signal, backOff)
    if (signal.aborted) return
    onProgress(`${name} is started anew`)
    launch()
  }
  const start = async (signal?: AbortSignal) => {
    expectedToEnd = false
    isUp = false
    restarts = new AbortController()
    await launch().waitUntilReady(signal)
    isUp = true
  }
  const expectEnd = () => {
    expectedToEnd = true
    restarts.abort()
  }
  const stop = async () => {
    expectEnd()
    await current?.stop()
  }
  return {
    name,
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
      expectEnd()
      owned().kill(signal)
    },
    restart: async (args = options.args) => {
      await stop()
      plan = planOf({ ...options, args })
      await start()
    },
  }
}

const planOf = ({ name, args, adminUrl, env, logFile }: SupervisedOptions): ProcessPlan => ({
  name,
  command: process.execPath,
  args,
  env: { ...process.env, ...env, HOST: '127.0.0.1' },
  port: Number(new URL(adminUrl).port),
  logFile,
  isReady: async () => {
    const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(2_000) })
    await response.body?.cancel()
    return response.ok
  },
  readyWithinMs,
  stopWithinMs,
})
