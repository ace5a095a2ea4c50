// Holds a stack: starts engines and platform, keeps them until asked to end, stops them in order.
import { mkdirSync } from 'node:fs'
import { startEngines } from './engine-group.ts'
import { type Platform, type Service, startPlatform } from './platform.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'
import type { OnProgress } from './progress.ts'
import { readState, removeState, type StackMember, type StackState, writeState } from './stack-state.ts'
import type { SupervisedProcess } from './supervised-process.ts'

export type HoldOptions = {
  dataDir: string
  namespace: string
  enginesOnly: boolean
  /** Each service of core in a process of its own. */
  apart: boolean
  /** Engines with TLS, and an account of its own for each service. */
  secure: boolean
  onProgress: OnProgress
  /** Called once, when everything is up. */
  onUp: (state: StackState) => Promise<void> | void
  /** Ends the stack like SIGTERM does. */
  end?: AbortSignal
}

const stopWithinMs = 120_000
const sameRequestMs = 500

/** Resolves when the stack was up and is stopped again; rejects when it did not come up, or not all of it stopped. */
export const holdStack = async (options: HoldOptions): Promise<void> => {
  const { dataDir, onProgress } = options
  mkdirSync(dataDir, { recursive: true })
  const running = readState(dataDir)
  if (running !== undefined)
    throw new Error(`process ${running.holder.pid} has the stack in ${dataDir} up already`)
  const ending = endRequest(onProgress, options.end)
  const undo: (() => Promise<void> | void)[] = []
  try {
    const state = await bringUp(options, ending, (step) => undo.push(step))
    await options.onUp(state)
    await aborted(ending)
  } catch (error) {
    if (!ending.aborted) throw error
  } finally {
    // The children end with this process, so its end ends what does not stop in time.
    const bound = setTimeout(() => process.exit(1), stopWithinMs)
    for (const step of undo.reverse()) await step()
    clearTimeout(bound)
  }
}

const bringUp = async (
  { dataDir, namespace, enginesOnly, apart, secure, onProgress }: HoldOptions,
  signal: AbortSignal,
  onUndo: (step: () => Promise<void> | void) => void,
): Promise<StackState> => {
  const holder = identify(process.pid) as ProcessIdentity
  writeState(dataDir, { phase: 'starting', holder, env: {}, members: [] })
  onUndo(() => removeState(dataDir))
  let platform: Platform | undefined
  let isUp = false
  // Who reads the state later sees the processes that run by then.
  const current = (): StackState => ({
    ...{ phase: 'up', holder, env: platform?.env ?? engines.env },
    members: [...engines.processes.map(engineMember), ...servicesOf(platform).map(serviceMember)],
  })
  const onRestart = () => {
    if (isUp) writeState(dataDir, current())
  }
  const engines = await startEngines({ dataDir, secure, onProgress, signal, keep: true, onRestart })
  onUndo(engines.stop)
  if (!enginesOnly) {
    platform = await startPlatform({
      ...{ env: engines.env, dataDir, namespace, apart, secure, onProgress, onRestart, signal },
    })
    onUndo(platform.stop)
  }
  isUp = true
  const state = current()
  writeState(dataDir, state)
  return state
}

const engineMember = ({ plan, identity }: SupervisedProcess): StackMember => ({
  ...{ name: plan.name, process: plan.name, identity, logFile: plan.logFile },
  ...{ address: `127.0.0.1:${plan.port}`, port: plan.port, stopSignal: plan.stopSignal ?? 'SIGTERM' },
})

const servicesOf = (platform: Platform | undefined): readonly Service[] =>
  Object.values(platform?.services ?? {})

export const serviceMember = ({ name, process, identity, url, adminUrl, logFile }: Service): StackMember => ({
  ...{ name, process, identity, address: url, adminUrl, logFile },
  ...{ port: Number(new URL(adminUrl).port), stopSignal: 'SIGTERM' },
})

/** Aborts at the first request to end; a later one does not wait for order. */
const endRequest = (onProgress: OnProgress, end?: AbortSignal): AbortSignal => {
  const ending = new AbortController()
  let requestedAtMs = 0
  const request = (cause: string) => {
    // npm passes on the Ctrl-C that the terminal has sent us already: one request, heard twice.
    if (ending.signal.aborted && Date.now() - requestedAtMs < sameRequestMs) return
    if (ending.signal.aborted) process.exit(1)
    requestedAtMs = Date.now()
    onProgress(`stopping (${cause}); once more ends everything at once`)
    ending.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => request(signal))
  end?.addEventListener('abort', () => ending.signal.aborted || request('its starter is gone'), {
    once: true,
  })
  return ending.signal
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    // A pending promise alone does not keep a process alive.
    const awake = setInterval(() => undefined, 60_000)
    const end = () => {
      clearInterval(awake)
      resolve()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
