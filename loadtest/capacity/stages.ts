// How many processes of each stage a load needs, and what it takes of the engines. Pure.
import { type Load, secondsPerSecond } from './costs.ts'
import { loadOf, type Rate } from './demand.ts'
import { stageCosts } from './measured.ts'
import type { Parameters } from './parameters.ts'

export const stageNames = ['edge', 'devices', 'normalize', 'search', 'latest', 'analytics', 'ledger'] as const
export type StageName = (typeof stageNames)[number]

export interface StageNeed {
  readonly stage: StageName
  readonly processes: number
  /** Cores that are busy in the mean of the second. */
  readonly cores: number
}

/** One may end without a pause for those who wait. */
const fewest = 2

/** What of a rate reaches a stage: phones come through the edge, modules through devices, and both through the others. */
export function loadOfStage(p: Parameters, stage: StageName, rate: Rate): Load {
  if (stage === 'edge') return loadOf(p, { ...rate, modules: 0 })
  if (stage === 'devices') return loadOf(p, { ...rate, phones: 0 })
  return loadOf(p, rate)
}

export function needOf(p: Parameters, stage: StageName, rate: Rate): StageNeed {
  const load = loadOfStage(p, stage, rate)
  const busy = secondsPerSecond(stageCosts[stage].busy, load)
  const cores = secondsPerSecond(stageCosts[stage].cpu, load)
  return { stage, processes: Math.max(fewest, Math.ceil(busy / p.utilisation)), cores }
}

/** Busy cores of an engine, all stages together, without copies of its own. */
export function engineCores(
  p: Parameters,
  engine: 'kafka' | 'elasticsearch' | 'postgres',
  rate: Rate,
): number {
  return stageNames.reduce(
    (sum, stage) => sum + secondsPerSecond(stageCosts[stage][engine], loadOfStage(p, stage, rate)),
    0,
  )
}
