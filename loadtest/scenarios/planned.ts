// How much of a scenario a run sends. Pure.
import type { LoadPlan } from './plan.ts'
import { flows, type Scenario } from './scenario.ts'
import { scaled, totalOf } from './shape.ts'

export interface Extent {
  readonly seconds: number
  readonly factor: number
  /** The day that is played, where the scenario plays one. */
  readonly date: Date
}

/** Throws where a flow would not begin a single upload. */
export function plannedFlows(scenario: Scenario, { seconds, factor, date }: Extent): LoadPlan['flows'] {
  const load = scenario.load({ seconds, date })
  return Object.fromEntries(
    flows.flatMap((flow) => {
      const shape = load[flow]
      if (shape === undefined) return []
      const planned = scaled(shape, factor)
      if (totalOf(planned) < 1) {
        throw new Error(`${seconds} s at factor ${factor} are too little: nothing of '${flow}' would be sent`)
      }
      return [[flow, planned] as const]
    }),
  )
}

/** How many report; undefined where the scenario has none. */
export function plannedModules({ modules }: Scenario, factor: number): number | undefined {
  return modules === undefined ? undefined : Math.max(1, Math.round(modules * factor))
}

/** By kind of hostile request: one refused as documented, at least. An edge that asks everybody to come later shows nothing. */
export function hostileThresholds(requests: readonly { name: string }[]): LoadPlan['thresholds'] {
  const kinds = new Set(requests.map(({ name }) => name))
  return Object.fromEntries([...kinds].map((kind) => [`refused_as_documented{kind:${kind}}`, ['count>0']]))
}
