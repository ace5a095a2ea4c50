// Field errors as programs read them: the JSON of the API and of the command.
import { type FieldErrorGroup, type FieldErrors, familyWiseAlpha } from './field-errors.ts'
import { confidence } from './statistics.ts'

export const testName =
  'one-sided conditional binomial, affected bikes by distance, each group against all others'

export function fieldErrorAnswer({ question, groups, tested, affectedPer1000Km }: FieldErrors) {
  return {
    ...question,
    confidence,
    test: { name: testName, correction: 'holm', familyWiseAlpha, groups: tested },
    affectedPer1000Km: affectedPer1000Km ?? null,
    groups: groups.map(groupAnswer),
  }
}

/** `group` is null for what is left of groups too small to be shown. */
function groupAnswer(group: FieldErrorGroup) {
  return {
    ...group,
    group: group.group ?? null,
    affectedPer1000Km: group.affectedPer1000Km ?? null,
    faultsPer1000Km: group.faultsPer1000Km ?? null,
    pValue: group.pValue ?? null,
    adjustedPValue: group.adjustedPValue ?? null,
  }
}
