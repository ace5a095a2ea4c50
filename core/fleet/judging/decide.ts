// Decides about statements in the store: takes in what was received, judges again what is due.

import { reconcileParts } from '../installed-parts/compare.ts'
import type { ReceivedStatement } from '../statements/records.ts'
import { subjectsOf } from '../statements/subjects.ts'
import { finding } from './findings.ts'
import { type IntakePlan, planAgain, planIntake } from './plan.ts'
import type { FleetDecision, FleetStore, JudgedStatement, KnownFleet } from './port.ts'
import type { Rule } from './rules/rule.ts'
import { type Asked, fleetAnswer, fleetQuestion } from './store-plan.ts'

export interface DecideDeps {
  readonly store: Pick<FleetStore, 'decide'>
  readonly rules: readonly Rule[]
}

/** Judges statements that were received. One that cannot be stored is refused, and the others are judged without it. */
export async function takeIn(
  received: readonly ReceivedStatement[],
  { store, rules }: DecideDeps,
): Promise<IntakePlan> {
  const plans = await decideApart(received, rules, (some, by) => {
    const speakers = new Map(some.map(({ event, speaker }) => [event.eventId, speaker]))
    const otherIds = some.flatMap(({ speaker, saidEventId }) =>
      speaker.provenance === 'unsealed' ? (saidEventId ?? []) : [],
    )
    const asked = { statements: some.map(({ event }) => event), otherIds, speakers }
    return decideInStore(store, asked, (known) => planIntake(some, known, by))
  })
  return {
    judged: plans.flatMap(({ judged }) => judged),
    repeated: plans.flatMap(({ repeated }) => repeated),
    reused: plans.flatMap(({ reused }) => reused),
    unproven: plans.flatMap(({ unproven }) => unproven),
  }
}

/** Judges some of the statements that are due, and returns the judgements. */
export async function judgeAgain(
  { store, rules }: { readonly store: Pick<FleetStore, 'decide' | 'due'>; readonly rules: readonly Rule[] },
  limit: number,
): Promise<readonly JudgedStatement[]> {
  const due = await store.due(limit)
  if (due.length === 0) return []
  const decisions = await decideApart(due, rules, (some, by) => {
    const asked = { statements: some.map(({ event }) => event), withWaiting: true }
    return decideInStore(store, asked, (known) => planAgain(some, known, by))
  })
  return decisions.flatMap(({ judged }) => judged)
}

/** A decision cannot be stored: the database takes one of its values at no try. */
export class UnstorableError extends Error {
  override readonly name = 'UnstorableError'
}

/**
 * Decides about all statements at once. Where that cannot be stored it decides about each half, down to the statement that is
 * to blame, which is refused. Other errors, such as of an engine that is away, are passed on. `decide` is asked in the order
 * of `statements`, each time with the rules to judge by.
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
  find: () => [finding('field_invalid', '', { detail: `the database cannot store it: ${fault}` })],
})

/**
 * Shows `decide` what is known, and stores what it decides. `decide` may be asked several times, each time with fresh facts,
 * so it must not have effects. Rejects with UnstorableError.
 */
export async function decideInStore<D extends FleetDecision>(
  store: Pick<FleetStore, 'decide'>,
  asked: Asked,
  decide: (known: KnownFleet) => D,
): Promise<D & { readonly due: readonly string[] }> {
  const outcome = await store.decide(fleetQuestion(asked, asked.statements.flatMap(subjectsOf)), {
    answer: (loaded, question) => fleetAnswer(asked, { loaded, question, decide }),
    reconcile: reconcileParts,
  })
  if ('unstorable' in outcome)
    throw new UnstorableError(outcome.unstorable.message, { cause: outcome.unstorable })
  return { ...outcome.decision, due: outcome.due }
}
