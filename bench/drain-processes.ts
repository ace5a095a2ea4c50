// Worker processes that work off a full topic together: how fast, at what cost, and who got how much of it.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ServerProcess, startServerProcess } from '../testkit/server-process.ts'
import { checkDrained, type Drained } from './drained.ts'
import { differenceOf, type EngineSeconds } from './engine-cpu.ts'
import { type Observation, untilEmpty, untilEnough, untilWarm } from './measure-window.ts'
import { processCpuSeconds, processPeakMiB } from './process-cpu.ts'
import { readWorkerState } from './worker-state.ts'

export interface DrainPlan {
  /** In the words of an error. */
  readonly name: string
  /** The checkout whose worker runs, and the worker's file in it with its arguments. */
  readonly dir: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly instances: number
  readonly counter: RegExp
  /** The measurement ends when so much has been counted since it began, or the topic is empty, or the time is over. */
  readonly enough: number
  /** The stages behind need all of what this one writes. */
  readonly isToTheEnd: boolean
  engineSeconds(): EngineSeconds
}

const pollMs = 100
const startBoundMs = 60_000
/** The machine is busy, and who is asked asks Kafka. */
const metricsBoundMs = 30_000
/** From listening to asking the group's coordinator to be let in. */
const joiningMs = 1_000

/**
 * From the moment when every process has its share of the partitions, and together they have got warm. Throws an Error
 * when there is nothing to measure: the topic was worked off before, or the counter does not exist.
 */
export async function drainWith(plan: DrainPlan): Promise<Drained> {
  const { name, instances } = plan
  const processes: ServerProcess[] = []
  const what = `${name}, ${instances} of it`
  const window = { ...plan, what, everyMs: pollMs, look: () => observe(processes, plan) }
  try {
    await startTogether(processes, plan)
    const begin = await untilWarm(window)
    const end = await untilEnough(window, begin)
    const done = end.states.map(({ counted = 0 }, i) => counted - (begin.states[i]?.counted ?? 0))
    const cpu = end.states.map(({ cpuSeconds }, i) => cpuSeconds - (begin.states[i]?.cpuSeconds ?? 0))
    const drained = checkDrained(what, {
      counted: sum(done),
      seconds: (end.atMs - begin.atMs) / 1_000,
      cpuSeconds: sum(cpu),
      engineSeconds: differenceOf(end.engines, begin.engines),
      peakMiB: Math.max(...processes.map(({ pid }) => processPeakMiB(pid))),
      partitions: end.states.map(({ partitions }) => partitions),
      shares: done.map((count) => count / sum(done)),
    })
    if (plan.isToTheEnd) await untilEmpty(window)
    return drained
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
      await startServerProcess({
        args: plan.args.map((arg, i) => (i === 0 ? join(plan.dir, arg) : arg)),
        env: plan.env,
        startBoundMs,
      }),
    )
  }
  await start()
  if (plan.instances === 1) return
  await untilAssigned(processes, plan)
  processes[0]?.kill('SIGSTOP')
  await Promise.all(Array.from({ length: plan.instances - 1 }, start))
  await sleep(joiningMs)
  processes[0]?.kill('SIGCONT')
}

async function untilAssigned(processes: readonly ServerProcess[], plan: DrainPlan): Promise<void> {
  const giveUpAtMs = performance.now() + startBoundMs
  while (performance.now() < giveUpAtMs) {
    const { states } = await observe(processes, plan)
    if (states.every(({ partitions }) => partitions > 0)) return
    await sleep(10)
  }
  throw new Error(`${plan.name}: no partitions within ${startBoundMs} ms`)
}

async function observe(
  processes: readonly ServerProcess[],
  { counter, engineSeconds }: DrainPlan,
): Promise<Observation> {
  const states = await Promise.all(
    processes.map(async ({ url, pid }) => {
      const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(metricsBoundMs) })
      return { ...readWorkerState(await response.text(), counter), cpuSeconds: processCpuSeconds(pid) }
    }),
  )
  return { states, atMs: performance.now(), engines: engineSeconds() }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
