// One long-running child: started so that it ends with us, watched until ready, ended within a bound.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { withParentDeathSignal } from './parent-death-guard.ts'
import { identify, type ProcessIdentity } from './process-identity.ts'
import type { UserIds } from './run.ts'

export type ProcessPlan = {
  name: string
  command: string
  args: readonly string[]
  cwd?: string
  env?: NodeJS.ProcessEnv
  user?: UserIds | undefined
  port: number
  logFile: string
  /** May throw: a refused connection only means "not yet". */
  isReady: () => Promise<boolean>
  readyWithinMs: number
  stopSignal?: NodeJS.Signals
  stopWithinMs: number
  deathSignal?: 'KILL' | 'QUIT'
}

export type ManagedProcess = {
  plan: ProcessPlan
  identity: ProcessIdentity
  isRunning: () => boolean
  kill: (signal: NodeJS.Signals) => void
  waitUntilReady: (signal?: AbortSignal) => Promise<void>
  /** Resolves with the exit code or the signal's name when the process is gone. */
  gone: Promise<string>
  /** Asks for an end, insists after the plan's bound, resolves when the process is gone. */
  stop: () => Promise<void>
}

const pollMs = 100
const rotateAtBytes = 20_000_000

export const startProcess = (plan: ProcessPlan, onExit: (how: string) => void): ManagedProcess => {
  const log = openLog(plan.logFile)
  const { command, args } = withParentDeathSignal(plan, plan.deathSignal)
  const child = spawn(command, args, {
    env: plan.env ?? process.env,
    stdio: ['ignore', log, log],
    // A process group of its own: Ctrl-C in a terminal reaches us alone, and we stop things in order.
    detached: true,
    ...(plan.cwd === undefined ? {} : { cwd: plan.cwd }),
    ...plan.user,
  })
  closeSync(log)
  const gone = new Promise<string>((resolve) => {
    const end = (how: string) => {
      onExit(how)
      resolve(how)
    }
    child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
    child.once('error', (error) => end(error.message))
  })
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null
  return {
    plan,
    identity: (child.pid === undefined ? undefined : identify(child.pid)) ?? {
      pid: child.pid ?? -1,
      started: '',
    },
    isRunning,
    kill: (signal) => void child.kill(signal),
    waitUntilReady: (signal) => waitUntilReady(plan, isRunning, signal),
    gone,
    stop: () => stop({ plan, child, gone, isRunning }),
  }
}

const waitUntilReady = async (
  plan: ProcessPlan,
  isRunning: () => boolean,
  signal?: AbortSignal,
): Promise<void> => {
  const deadline = Date.now() + plan.readyWithinMs
  while (!(await plan.isReady().catch(() => false))) {
    signal?.throwIfAborted()
    if (!isRunning()) throw new Error(`${plan.name} ended while starting. ${lastLines(plan.logFile)}`)
    if (Date.now() > deadline) {
      throw new Error(
        `${plan.name} was not ready within ${plan.readyWithinMs / 1000} s. ${lastLines(plan.logFile)}`,
      )
    }
    await sleep(pollMs)
  }
}

type Stoppable = { plan: ProcessPlan; child: ChildProcess; gone: Promise<string>; isRunning: () => boolean }

const stop = async ({ plan, child, gone, isRunning }: Stoppable): Promise<void> => {
  if (!isRunning()) return
  child.kill(plan.stopSignal ?? 'SIGTERM')
  // A process stopped by SIGSTOP would never hear the request.
  child.kill('SIGCONT')
  const insist = setTimeout(() => killGroup(child), plan.stopWithinMs)
  await gone
  clearTimeout(insist)
}

/** Elasticsearch's launcher has a server below it: both must go. */
const killGroup = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

/** Appends, so that the story of the last run is still there; one old file is kept when it grows large. */
const openLog = (file: string): number => {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > rotateAtBytes) renameSync(file, `${file}.old`)
  return openSync(file, 'a', 0o600)
}

const lastLines = (file: string): string => {
  const text = readFileSync(file, 'utf8').trim().split('\n').slice(-12).join('\n')
  return `The end of ${file}:\n${text}`
}
