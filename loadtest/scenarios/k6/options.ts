// k6's options for a plan: an open model, in which uploads begin at their time whether or not earlier ones have ended. Pure.
import type { Scenario as K6Scenario, Options } from 'k6/options'
import type { LoadPlan } from '../plan.ts'
import { peakOf, type Shape } from '../shape.ts'

/** k6 takes whole numbers of iterations; by the hour they are fine enough. */
const perHour = (perSecond: number) => Math.round(3_600 * perSecond)

export function optionsOf({ flows, thresholds }: Pick<LoadPlan, 'flows' | 'thresholds'>): Options {
  const scenarios = Object.entries(flows).map(([flow, shape]) => [flow, k6Scenario(flow, shape)] as const)
  return {
    scenarios: Object.fromEntries(scenarios),
    thresholds: Object.fromEntries(Object.entries(thresholds).map(([metric, rules]) => [metric, [...rules]])),
    summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max', 'count'],
    systemTags: ['scenario'],
    discardResponseBodies: true,
    userAgent: 'micro-mobility-load',
  }
}

function k6Scenario(exec: string, shape: Shape): K6Scenario {
  const vus = virtualUsers(shape)
  return {
    executor: 'ramping-arrival-rate',
    exec,
    startRate: perHour(shape.fromPerSecond),
    timeUnit: '1h',
    stages: shape.steps.map(({ seconds, perSecond }) => ({
      duration: `${Math.max(1, Math.round(seconds * 1_000))}ms`,
      target: perHour(perSecond),
    })),
    preAllocatedVUs: vus,
    maxVUs: 2 * vus,
    gracefulStop: '30s',
  }
}

/** Enough for answers that take two seconds at the peak; beginning one in the middle of a run takes time of the run. */
export function virtualUsers(shape: Shape): number {
  return Math.min(120, Math.max(4, Math.ceil(2 * peakOf(shape))))
}
