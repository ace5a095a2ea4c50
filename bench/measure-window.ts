// From when to when workers are measured that work off a full topic: warm at its begin, at work until its end.
import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineSeconds } from './engine-cpu.ts'
import type { WorkerState } from './worker-state.ts'

export interface Observation {
  /** By process. */
  readonly states: readonly (WorkerState & { readonly cpuSeconds: number })[]
  readonly atMs: number
  readonly engines: EngineSeconds
}

export interface WindowPlan {
  /** In the words of an error. */
  readonly what: string
  readonly instances: number
  /** As `look` uses it. */
  readonly counter: RegExp
  /** The window ends when so much has been counted since it began, or a process is out of work, or after 20 s. */
  readonly enough: number
  readonly everyMs: number
  look(): Promise<Observation>
}

/** Of what is measured then: their virtual machines have compiled what is used. */
const warmShare = 0.2
/** A stage that is slow is not waited for. */
const longestMs = 20_000
const giveUpMs = 300_000
/** Without lag for so many looks, a topic is empty: the committed offsets of new members may be told late. */
const emptyLooks = 10

/** Throws an Error when a process is out of work, or five minutes are over, before every process is warm. */
export async function untilWarm(plan: WindowPlan): Promise<Observation> {
  const isOut = watchEmpty('some')
  for await (const seen of looks(plan)) {
    if (isWarm(seen, plan)) return seen
    if (isOut(seen)) throw new Error(`${plan.what}: ${whyCold(seen, plan)}`)
  }
  throw new Error(`${plan.what}: not warm within ${giveUpMs} ms`)
}

/** The last moment at which something was counted; the begin itself, when nothing was. */
export async function untilEnough(plan: WindowPlan, begin: Observation): Promise<Observation> {
  const isOut = watchEmpty('some')
  let last = begin
  for await (const seen of looks(plan)) {
    if (countedIn(seen) > countedIn(last)) last = seen
    const isEnough = countedIn(last) - countedIn(begin) >= plan.enough
    if (isEnough || isOut(seen) || seen.atMs - begin.atMs >= longestMs) break
  }
  return last
}

/** Throws an Error when that takes longer than five minutes. */
export async function untilEmpty(plan: WindowPlan): Promise<void> {
  const isEmpty = watchEmpty('every')
  for await (const seen of looks(plan)) if (isEmpty(seen)) return
  throw new Error(`${plan.what}: not at the end of its topic within ${giveUpMs} ms`)
}

function isWarm(seen: Observation, { enough, instances }: WindowPlan): boolean {
  const isShared = seen.states.every(
    ({ counted = 0, partitions, lag }) =>
      counted > 0 && partitions > 0 && partitions <= 6 / instances && lag > 0,
  )
  return isShared && countedIn(seen) >= warmShare * enough
}

function whyCold(seen: Observation, { counter }: WindowPlan): string {
  if (seen.states.every(({ counted }) => counted === undefined)) return `nothing in /metrics is ${counter}`
  return `the topic was worked off (${countedIn(seen)}) before all were warm; set BENCH_SAMPLES higher`
}

/** Tells of one observation after the other whether nothing waits any more, for some process or for every one. */
function watchEmpty(quantor: 'some' | 'every'): (seen: Observation) => boolean {
  let inARow = 0
  return ({ states }) => {
    inARow = states[quantor](({ partitions, lag }) => partitions > 0 && lag === 0) ? inARow + 1 : 0
    return inARow >= emptyLooks
  }
}

function countedIn({ states }: Observation): number {
  return states.reduce((total, { counted = 0 }) => total + counted, 0)
}

async function* looks({ look, everyMs }: WindowPlan): AsyncGenerator<Observation> {
  const giveUpAtMs = performance.now() + giveUpMs
  while (performance.now() < giveUpAtMs) {
    yield await look()
    await sleep(everyMs)
  }
}
