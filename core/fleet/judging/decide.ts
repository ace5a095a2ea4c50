// Takes received statements into the store.

import { finding } from './findings.ts'
import { type IntakePlan, planIntake, type ReceivedStatement } from './plan.ts'
import type { FleetStore } from './port.ts'
import { UnstorableError } from './port.ts'
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

// Decides about statements in the store so that none of them holds up another.

/**
 * Decides about all at once; where the store cannot hold what is decided, about halves, down to the statement that is to
 * blame, which is refused. Other errors, such as of an engine that is away, are passed on. `decide` is asked in the order of
 * `statements`, each time with the rules to judge by.
 */
export async function decideApart<S, D>(
  statements: readonly S[],
  rules: readonly Rule[],
  decide: (some: readonly S[], rules: readonly Rule[]) => Promise<D>,
): Promise<D[]> {
  try {
    return [await decide(statements, rules)]
  } catch (error) {
    if (!(error instanceof UnstorableError)) throw error
    if (statements.length === 1) return [await decide(statements, [refusal(error.message)])]
    const middle = Math.ceil(statements.length / 2)
    return [
      ...(await decideApart(statements.slice(0, middle), rules, decide)),
      ...(await decideApart(statements.slice(middle), rules, decide)),
    ]
  }
}

const refusal = (fault: string): Rule => ({
  reasons: ['field_invalid'],
  find: () => [finding('field_invalid', '', { detail: `the database cannot hold it: ${fault}` })],
})
