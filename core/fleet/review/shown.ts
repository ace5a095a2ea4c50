// Shows statements to reviewers. Old sales name a rider, whom nobody has to know. Pure.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Shown } from '../../staff/access-log/port.ts'
import type { Finding } from '../judging/findings.ts'
import { statementJson, withoutRider } from '../statements/json.ts'
import { namesIn } from '../statements/subjects.ts'
import type { ListedStatement, ReviewCase, ShownStatement, StoredDecision, StoredStatement } from './port.ts'

const nameless = (findings: readonly Finding[]) => findings.map(findingWithoutRider)

export function listed<S extends ListedStatement>(stored: S): S {
  return { ...stored, findings: nameless(stored.findings) }
}

/** With the statement as JSON. A sale to `r-1` → `{bikeSold: {frameNumber: 'F-1', soldAt: …}}`, without a rider. */
export function shown({ event, record, ...stored }: StoredStatement): ShownStatement {
  return { ...listed(stored), record, statement: statementJson(saleWithoutRider(event)) }
}

export function shownJudgements(judgements: ReviewCase['judgements']): ReviewCase['judgements'] {
  return judgements.map((each) => ({ ...each, findings: nameless(each.findings) }))
}

/** A row that nobody could read may have been corrected to a sale: then its text names the rider, too. */
export function shownDecisions(
  { state, kind }: Pick<StoredStatement, 'state' | 'kind'>,
  decisions: readonly StoredDecision[],
): ReviewCase['decisions'] {
  return decisions.map(({ before, ...decision }) => {
    if (before === null) return { ...decision, before }
    const wasRow = kind === 'bikeSold' && state === 'applied'
    return { ...decision, before: statementJson(wasRow ? withoutRider(before) : saleWithoutRider(before)) }
  })
}

/** `{subjects: ['frame:F-1'], others: []}  →  {frames: ['F-1'], bikes: [], components: []}`: whose data a reviewer sees. */
export function whoseCase({ subjects, others }: Pick<ReviewCase, 'subjects' | 'others'>): Shown {
  const named = [subjects, ...others.map((other) => other.subjects)].flat()
  const { bikes, frames, components } = namesIn(new Set(named))
  return { frames, components, bikes: bikes.map((bikeId) => ({ bikeId })) }
}

const saleWithoutRider = (event: ManufacturingEvent) =>
  event.event.case === 'bikeSold' ? withoutRider(event) : event

/** Evidence of an old sale names riders. */
export function findingWithoutRider(found: Finding): Finding {
  const facts = Object.entries(found.evidence)
  const nameless = facts.filter(([fact]) => !/\briderId$/.test(fact))
  if (nameless.length === facts.length) return found
  const detail = `${found.subject}: riders differ`
  return { ...found, detail, evidence: Object.fromEntries(nameless) }
}
