// Worker processes that work off a full topic together: how fast, at what cost, and who got how much of it.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerProcess, startServerProcess } from '../edge/testing/server-process.ts'
import { differenceOf, type EngineSeconds } from './engine-cpu.ts'
import { processCpuSeconds, processPeakMiB } from './process-cpu.ts'

export interface DrainPlan {
  /** The checkout whose worker runs, and the worker's file in it. */
  readonly dir: string
  readonly main: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly instances: number
  readonly counter: RegExp
  /** The measurement ends when so much has been counted. */
  readonly enough: number
  engineSeconds(): EngineSeconds
}

export interface Drained {
  readonly counted: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly engineSeconds: EngineSeconds
  readonly peakMiB: number
  /** By process. */
  readonly partitions: readonly number[]
  readonly shares: readonly number[]
}

const pollMs = 100
const startBoundMs = 60_000
const giveUpMs = 300_000
/** From listening to asking the group's coordinator to be let in. */
const joiningMs = 1_000

/** From the moment when every process has its share of the partitions, and together they have got warm. */
export async function drainWith(plan: DrainPlan): Promise<Drained> {
  const processes: ServerProcess[] = []
  try {
    await startTogether(processes, plan)
    const begin = await observeUntil(processes, plan, (all) => isWarm(all, plan.enough))
    const end = await observeUntil(
      processes,
      plan,
      (all) => sum(all.map(({ counted }) => counted)) >= plan.enough,
    )
    const done = end.states.map(({ counted }, i) => counted - (begin.states[i]?.counted ?? 0))
    const cpu = end.states.map(({ cpuSeconds }, i) => cpuSeconds - (begin.states[i]?.cpuSeconds ?? 0))
    return {
      counted: sum(done),
      seconds: (end.atMs - begin.atMs) / 1_000,
      cpuSeconds: sum(cpu),
      engineSeconds: differenceOf(end.engines, begin.engines),
      peakMiB: Math.max(...processes.map(({ pid }) => processPeakMiB(pid))),
      partitions: end.states.map(({ partitions }) => partitions),
      shares: done.map((count) => count / sum(done)),
    }
  } finally {
    await Promise.all(processes.map((each) => each.stop()))
  }
}

/**
 * The first process would have a head start of the time after which it notices that others have joined, in which a fast
 * stage does most of the work. So it is held as soon as it has its partitions, until the others wait to join.
 */
async function startTogether(processes: ServerProcess[], plan: DrainPlan): Promise<void> {
  const start = async () => {
    processes.push(
      await startServerProcess({ args: [join(plan.dir, plan.main)], env: plan.env, startBoundMs }),
    )
  }
  await start()
  if (plan.instances === 1) return
  await observeUntil(processes, plan, ([first]) => (first?.partitions ?? 0) > 0, 10)
  processes[0]?.kill('SIGSTOP')
  await Promise.all(Array.from({ length: plan.instances - 1 }, start))
  await sleep(joiningMs)
  processes[0]?.kill('SIGCONT')
}

/** Their virtual machines have compiled what is used. */
const warmShare = 0.2

function isWarm(all: readonly State[], enough: number): boolean {
  const shared = all.every(
    ({ counted, partitions }) => counted > 0 && partitions > 0 && partitions <= 6 / all.length,
  )
  return shared && sum(all.map(({ counted }) => counted)) >= warmShare * enough
}

interface State {
  readonly counted: number
  readonly partitions: number
  readonly cpuSeconds: number
}

async function observeUntil(
  processes: readonly ServerProcess[],
  { counter, engineSeconds }: DrainPlan,
  isSo: (states: readonly State[]) => boolean,
  everyMs = pollMs,
) {
  const giveUpAtMs = performance.now() + giveUpMs
  while (performance.now() < giveUpAtMs) {
    const states = await Promise.all(processes.map((each) => stateOf(each, counter)))
    if (isSo(states)) return { states, atMs: performance.now(), engines: engineSeconds() }
    await sleep(everyMs)
  }
  throw new Error(`the workers did not get on within ${giveUpMs} ms`)
}

async function stateOf({ url, pid }: ServerProcess, counter: RegExp): Promise<State> {
  const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(10_000) })
  const lines = (await response.text()).split('\n')
  const counted = lines
    .filter((line) => counter.test(line))
    .map((line) => Number(line.slice(line.lastIndexOf(' '))))
  const partitions = lines.filter((line) => line.startsWith('worker_lag_records{')).length
  return { counted: sum(counted), partitions, cpuSeconds: processCpuSeconds(pid) }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
