// Shows statements to reviewers. A rider is named only as long as somebody has to decide about the sale. Pure.
import type { Finding } from '../judging/findings.ts'
import type { StatementState } from '../judging/port.ts'
import { statementJson, withoutRider } from '../statements/json.ts'
import type { ListedStatement, ReviewCase, ShownStatement, StoredDecision, StoredStatement } from './port.ts'

/** Nobody has to decide about an applied statement any more, so nothing that is shown of it names a rider. */
const mayNameRider = (state: StatementState) => state !== 'applied'

const findingsFor = (state: StatementState, findings: readonly Finding[]) =>
  mayNameRider(state) ? findings : findings.map(findingWithoutRider)

export function listed<S extends ListedStatement>(stored: S): S {
  return { ...stored, findings: findingsFor(stored.state, stored.findings) }
}

/** With the statement as JSON. An applied sale to `r-1` → `{bikeSold: {frameNumber: 'F-1', soldAt: …}}`, without a rider. */
export function shown({ event, record, ...stored }: StoredStatement): ShownStatement {
  const said = mayNameRider(stored.state) ? event : withoutRider(event)
  return { ...listed(stored), record, statement: statementJson(said) }
}

export function shownJudgements(
  { state }: Pick<StoredStatement, 'state'>,
  judgements: ReviewCase['judgements'],
): ReviewCase['judgements'] {
  return judgements.map((each) => ({ ...each, findings: findingsFor(state, each.findings) }))
}

/** A row that nobody could read may have been corrected to a sale: then its text names the rider, too. */
export function shownDecisions(
  { state, kind }: Pick<StoredStatement, 'state' | 'kind'>,
  decisions: readonly StoredDecision[],
): ReviewCase['decisions'] {
  return decisions.map(({ before, ...decision }) => {
    if (before === null) return { ...decision, before }
    const isOfSale = kind === 'bikeSold' || before.event.case === 'bikeSold'
    const said = isOfSale && !mayNameRider(state) ? withoutRider(before) : before
    return { ...decision, before: statementJson(said) }
  })
}

/** Evidence of a sale names riders. */
export function findingWithoutRider(found: Finding): Finding {
  const facts = Object.entries(found.evidence)
  const nameless = facts.filter(([fact]) => !/\briderId$/.test(fact))
  if (nameless.length === facts.length) return found
  const detail = `${found.subject}: riders differ`
  return { ...found, detail, evidence: Object.fromEntries(nameless) }
}
