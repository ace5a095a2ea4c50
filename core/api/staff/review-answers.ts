// Doubtful statements and decisions about them, as service staff see them.
import { z } from 'zod'
import { type StatementReason, severities, statementReasons } from '../../fleet/judging/findings.ts'
import { statementStates, verdicts } from '../../fleet/judging/port.ts'
import type {
  ListedStatement,
  ReviewCase,
  ReviewOutcome,
  ReviewPage,
  ShownStatement,
} from '../../fleet/review/port.ts'
import { anyObject, iso, list, time, uuid } from '../request.ts'

const text = z.string()
export const reason = z.enum(Object.keys(statementReasons) as [StatementReason, ...StatementReason[]])
const state = z.enum(statementStates)
const finding = z
  .object({
    ...{ reason, severity: z.enum(severities), subject: text, detail: text },
    evidence: z.record(text, text).readonly(),
  })
  .meta({ id: 'Finding' })

const listed = z.object({
  ...{ eventId: uuid, source: text, says: text, subjects: list(text), state },
  ...{ occurredAt: time.nullable(), receivedAt: time, decidedAt: time, findings: list(finding) },
})
const shown = listed.extend({ statement: anyObject, record: text })
const judgement = z.object({
  ...{ number: z.int().min(1), state, findings: list(finding), decisionId: uuid.nullable(), judgedAt: time },
})
const decided = z.object({
  ...{ decisionId: uuid, verdict: z.enum(verdicts), author: text, reason: text },
  ...{ before: z.record(text, z.unknown()).nullable(), mergedInto: uuid.nullable(), decidedAt: time },
})
const effect = z.object({ who: text, change: z.enum(['gains', 'loses']), what: text })
const suggestion = z.object({
  ...{ verdict: z.enum(verdicts), score: z.number().min(0).max(1), because: text },
  correction: anyObject.optional().describe('As a decision takes it.'),
  mergeInto: uuid.optional(),
  effects: list(effect),
})

export const reviewList = z.object({ statements: list(listed), next: text.nullable() })
export const reviewCase = shown
  .extend({
    judgements: list(judgement),
    decisions: list(decided),
    others: list(shown),
    effects: list(effect).describe(
      'Who gains and loses what when it is accepted; then, as for suggestions with effects, it takes two of staff.',
    ),
    suggestions: list(suggestion),
  })
  .meta({ id: 'ReviewCase' })
export const decisionOutcome = z.object({
  ...{ decisionId: uuid, state, findings: list(finding) },
  released: list(uuid).describe('Statements that were applied in consequence.'),
})

export function reviewsAnswer({ statements, nextCursor }: ReviewPage) {
  return { statements: statements.map(statementAnswer), next: nextCursor ?? null }
}

export function reviewAnswer({
  judgements,
  decisions,
  others,
  effects,
  suggestions,
  ...statement
}: ReviewCase) {
  return {
    ...statementAnswer(statement),
    judgements: judgements.map(({ judgedAtMs, ...rest }) => ({ ...rest, judgedAt: iso(judgedAtMs) })),
    decisions: decisions.map(({ decidedAtMs, ...rest }) => ({ ...rest, decidedAt: iso(decidedAtMs) })),
    others: others.map(statementAnswer),
    ...{ effects, suggestions },
  }
}

function statementAnswer<S extends ListedStatement | ShownStatement>({
  occurredAtMs,
  receivedAtMs,
  decidedAtMs,
  kind,
  ...statement
}: S) {
  return {
    ...statement,
    says: kind,
    occurredAt: occurredAtMs === null ? null : iso(occurredAtMs),
    receivedAt: iso(receivedAtMs),
    decidedAt: iso(decidedAtMs),
  }
}

export function decisionAnswer(
  decisionId: string,
  { state, findings, released }: Extract<ReviewOutcome, { outcome: 'decided' | 'repeated' }>,
) {
  return { decisionId, state, findings, released }
}
