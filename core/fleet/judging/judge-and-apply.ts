// Judges a statement and applies it to what is known, so that those after it know of it.
import type { ManufacturingEvent } from '../../../proto/index.ts'
import { componentSubject, overruledBy, touchedBy } from '../statements/subjects.ts'
import { mayHavePartners } from './explained-by.ts'
import type { StatementReason } from './findings.ts'
import { judge, mayCountLater } from './judge.ts'
import type { JudgedStatement, KnownFleet } from './port.ts'
import type { Rule } from './rules/rule.ts'
import { saidComponents } from './rules/said.ts'

export function judgeAndApply(
  event: ManufacturingEvent,
  { facts, nowMs }: Pick<KnownFleet, 'facts' | 'nowMs'>,
  options: { rules: readonly Rule[]; accepted?: ReadonlySet<StatementReason> },
): JudgedStatement {
  const judgement = judge(event, facts, { nowMs, ...options })
  facts.apply(judgement.changes)
  const touched = mayCountLater(event, judgement)
    ? saidComponents(event).map(({ name }) => componentSubject(name))
    : touchedBy(judgement.changes, facts)
  const again = mayHavePartners(event, judgement) ? [event.eventId] : overruledBy(judgement.changes)
  return { event, ...judgement, touched, again }
}
