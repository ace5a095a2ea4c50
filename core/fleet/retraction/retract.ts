// Takes back statements that two of staff no longer believe, and tells beforehand what would follow.
import { reconcileParts } from '../installed-parts/compare.ts'
import { rules as allRules } from '../judging/rules/index.ts'
import type { Rule } from '../judging/rules/rule.ts'
import { retractionAnswer, retractionQuestion } from './plan.ts'
import type { Retraction, RetractionPlan, RetractionStore } from './port.ts'

export function createRetraction(store: RetractionStore, rules: readonly Rule[] = allRules): Retraction {
  const plan: RetractionPlan = {
    answer: (loaded, asked) => retractionAnswer(loaded, asked, rules),
    reconcile: reconcileParts,
  }
  return {
    preview: (target) => store.retract(retractionQuestion(target), plan, undefined),
    retract: (order) => store.retract(retractionQuestion(order.target), plan, order),
  }
}
