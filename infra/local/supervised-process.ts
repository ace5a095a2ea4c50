// One process of the stack: started with its settings, ready when its listeners say so, started anew when it crashes.
import { pause } from '../../core/runtime/back-off.ts'
import { type ManagedProcess, type ProcessPlan, startProcess } from './managed-process.ts'
import { isListening } from './ports.ts'
import type { ProcessIdentity } from './process-identity.ts'
import type { OnProgress } from './progress.ts'

export type SupervisedOptions = {
  plan: ProcessPlan
  /** Whether it is started anew when it ends by itself after it was ready. */
  keep: boolean
  onStart: (identity: ProcessIdentity) => void
  onProgress: OnProgress
}

export type SupervisedProcess = {
  readonly plan: ProcessPlan
  readonly identity: ProcessIdentity
  kill: (signal: NodeJS.Signals) => void
  /** Resolves when the process that runs now is gone. */
  readonly gone: Promise<string>
  start: (signal?: AbortSignal) => Promise<void>
  stop: () => Promise<void>
  /** As it was started, or with other arguments until the next restart. */
  restart: (args?: readonly string[]) => Promise<void>
}

const backOff = { firstMs: 1_000, longestMs: 30_000 }
/** Who has run for so long did not crash at its start. */
const steadyMs = 60_000

export const superviseProcess = (options: SupervisedOptions): SupervisedProcess => {
  const { keep, onProgress } = options
  const { name, logFile, port } = options.plan
  let plan = options.plan
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
      if (isUp && keep) void startAnew(Date.now() - startedAtMs, restarts.signal)
    })
    current = process
    options.onStart(process.identity)
    return process
  }
  const startAnew = async (ranForMs: number, signal: AbortSignal) => {
    crashes = ranForMs > steadyMs ? 0 : crashes + 1
    await pause(crashes, signal, backOff)
    if (!signal.aborted && (await isListening(port)))
      onProgress(`${name} is not started anew while another process listens at 127.0.0.1:${port}`)
    while (!signal.aborted && (await isListening(port))) await pause(0, signal, backOff)
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
    get plan() {
      return plan
    },
    get identity() {
      return owned().identity
    },
    get gone() {
      return owned().gone
    },
    start,
    stop,
    kill: (signal) => {
      expectEnd()
      owned().kill(signal)
    },
    restart: async (args = options.plan.args) => {
      await stop()
      plan = { ...options.plan, args }
      await start()
    },
  }
}
