// How many processes of each stage a load needs, and what it takes of the engines. Pure.
import { type Load, secondsPerSecond } from './costs.ts'
import { loadOf, type Rate } from './demand.ts'
import { type Basis, type StageName, stageNames } from './measured.ts'
import type { Parameters } from './parameters.ts'

export interface StageNeed {
  readonly stage: StageName
  readonly processes: number
  /** Cores that are busy in the mean of the second. */
  readonly cores: number
}

/** One may end without a pause for those who wait. */
export const fewestProcesses = 2

/** What of a rate reaches a stage: phones come through the edge, modules through devices, and both through the others. */
export function loadOfStage(p: Parameters, stage: StageName, rate: Rate): Load {
  if (stage === 'edge') return loadOf(p, { ...rate, modules: 0 })
  if (stage === 'devices') return loadOf(p, { ...rate, phones: 0 })
  return loadOf(p, rate)
}

export function needOf(p: Basis, stage: StageName, rate: Rate): StageNeed {
  const load = loadOfStage(p, stage, rate)
  const costs = p.measured.stageCosts[stage]
  const busy = secondsPerSecond(costs.busy, load)
  const cores = secondsPerSecond(costs.cpu, load)
  return { stage, processes: Math.max(fewestProcesses, Math.ceil(busy / p.utilisation)), cores }
}

export type Engine = 'kafka' | 'elasticsearch' | 'postgres'

/** Cores that an engine needs for a rate, with its copies and room. */
export function engineCores(p: Basis, engine: Engine, rate: Rate): number {
  const busy = stageNames.reduce(
    (sum, stage) => sum + secondsPerSecond(p.measured.stageCosts[stage][engine], loadOfStage(p, stage, rate)),
    0,
  )
  return (busy * copiesOfWork(p, engine)) / p.utilisation
}

function copiesOfWork(p: Parameters, engine: Engine): number {
  if (engine === 'kafka') return 1 + p.followerCost * (p.replicas - 1)
  // Every copy indexes for itself; the standby of PostgreSQL is a machine of its own.
  return engine === 'elasticsearch' ? p.copies : 1
}
