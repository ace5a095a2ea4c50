// Takes received statements into the store.
import { decideApart } from './decide-apart.ts'
import { type IntakePlan, planIntake, type ReceivedStatement } from './plan.ts'
import type { FleetStore } from './port.ts'
import type { Rule } from './rules/rule.ts'

export interface TakeInDeps {
  readonly store: Pick<FleetStore, 'decide'>
  readonly rules: readonly Rule[]
}

/** One that the store cannot hold is refused, and holds up no other. */
export async function takeIn(
  received: readonly ReceivedStatement[],
  { store, rules }: TakeInDeps,
): Promise<IntakePlan> {
  const plans = await decideApart(received, rules, (some, by) =>
    store.decide({ statements: some.map(({ event }) => event) }, (known) => planIntake(some, known, by)),
  )
  return {
    judged: plans.flatMap(({ judged }) => judged),
    repeated: plans.flatMap(({ repeated }) => repeated),
    reused: plans.flatMap(({ reused }) => reused),
  }
}
