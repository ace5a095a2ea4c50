// Carries out a reviewer's decision about a statement on what is known. Pure.
import type { JsonValue } from '@bufbuild/protobuf'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { judgeMerged, mergedAlias } from '../judging/decided.ts'
import { acceptableReasons, type Finding, type StatementReason } from '../judging/findings.ts'
import { acceptedReasons, judge, judgeAndApply } from '../judging/judge.ts'
import type { FleetDecision, JudgedStatement, KnownFleet, KnownStatement, Merged } from '../judging/port.ts'
import type { Rule } from '../judging/rules/rule.ts'
import { statementJson } from '../statements/json.ts'
import { foldNumbers, readStatementJson } from '../statements/read.ts'
import { mergePatch } from './corrections.ts'
import { areSameEffects, effectsOf } from './effects.ts'
import type { ReviewOutcome, ReviewRequest } from './port.ts'

export type Corrected = { readonly event: ManufacturingEvent } | { readonly fault: string }

const rowIsKept =
  'a row keeps its text: correct it to the statement that it should have been, {"unreadableRow": null, "bikeProduced": {…}}, ' +
  'or mend the file or its mapping and read the file again (npm run intake -- FILE --again)'

/** The statement with the correction, read as if it came anew. A row is not read by its mapping again. */
export function correct(event: ManufacturingEvent, correction: JsonValue): Corrected {
  const read = readStatementJson(mergePatch(statementJson(event), correction))
  if (read.kind === 'unreadable') return { fault: read.detail }
  if (read.event.eventId !== event.eventId) return { fault: 'a correction cannot change the event id' }
  const wasRow = event.event.case === 'unreadableRow'
  if (wasRow && read.event.event.case === 'unreadableRow') return { fault: rowIsKept }
  if (!wasRow && read.event.event.case !== event.event.case) {
    return { fault: `a correction cannot make another kind of statement of a ${event.event.case}` }
  }
  read.event.asWritten = event.asWritten
  foldNumbers(read.event)
  return { event: read.event }
}

export interface PlannedReview extends FleetDecision {
  readonly outcome: ReviewOutcome
}

export interface ReviewOrder {
  readonly request: ReviewRequest
  readonly requestSha256: string
  /** As it was when the decision was prepared. */
  readonly before: KnownStatement
  /** The statement that is judged: as it is, or as it was corrected. */
  readonly event: ManufacturingEvent
  readonly rules: readonly Rule[]
}

export function planReview(order: ReviewOrder, known: KnownFleet): PlannedReview {
  const { request, requestSha256, before } = order
  const now = known.statements.get(request.eventId)
  if (now === undefined) return without({ outcome: 'statement_unknown' })
  if (known.decision !== undefined) {
    const isSame =
      known.decision.eventId === request.eventId && known.decision.requestSha256 === requestSha256
    if (!isSame) return without({ outcome: 'decision_id_reused' })
    return without({ outcome: 'repeated', state: now.state, findings: now.findings, released: [] })
  }
  const isOpen = now.state === 'held' || (now.state === 'refused' && request.verdict === 'correct')
  if (!isOpen) return without({ outcome: 'not_open', state: now.state })
  if (now.judgement !== request.seen || before.judgement !== request.seen)
    return without({ outcome: 'changed' })
  const unseen = request.verdict === 'accept' ? judgedOtherwise(order, known) : undefined
  if (unseen !== undefined) return { outcome: { outcome: 'changed' }, judged: [unseen] }

  const judged = judgeAs(order, known)
  if ('fault' in judged) return without({ outcome: 'invalid', detail: judged.fault })
  const effects = effectsOf(judged.statement)
  if (request.approved === undefined) {
    if (effects.length > 0) return without({ outcome: 'approval_needed', effects })
  } else if (!areSameEffects(effects, request.approved.effects)) return without({ outcome: 'changed' })
  const { decisionId, eventId, verdict, author, reason, mergeInto } = request
  const { state, findings } = judged.statement
  return {
    outcome: { outcome: 'decided', state, findings, released: [] },
    judged: [judged.statement],
    review: {
      ...{ decisionId, eventId, verdict, author, reason, requestSha256 },
      accepted: verdict === 'accept' ? acceptable(now) : [],
      ...(verdict === 'correct' && { before: now.event, after: judged.statement.event }),
      ...(verdict === 'merge' && { mergedInto: mergeInto, merged: judged.merged }),
    },
  }
}

const without = (outcome: PlannedReview['outcome']): PlannedReview => ({ outcome, judged: [] })

/** The judgement of this moment, where it has a reason to hold that the reviewer has not seen. */
function judgedOtherwise(
  { before, event, rules }: ReviewOrder,
  { facts, nowMs }: KnownFleet,
): JudgedStatement | undefined {
  const judgement = judge(event, facts, { nowMs, rules, accepted: acceptedReasons(before) })
  const seen = new Set(before.findings.map(whatItShows))
  const isSeen = judgement.findings.every(
    (found) => found.severity !== 'hold' || seen.has(whatItShows(found)),
  )
  return isSeen ? undefined : { event, ...judgement, touched: [], again: [] }
}

/** The detail is left out: it may name the time of judging. */
const whatItShows = ({ reason, subject, evidence }: Finding) =>
  JSON.stringify([reason, subject, Object.entries(evidence).sort()])

type Judged = { readonly statement: JudgedStatement; readonly merged?: Merged } | { readonly fault: string }

function judgeAs({ request, before, event, rules }: ReviewOrder, known: KnownFleet): Judged {
  switch (request.verdict) {
    case 'accept': {
      const accepted = acceptable(before)
      if (accepted.length === 0) return { fault: 'nothing that was found can be accepted: correct or merge' }
      return {
        statement: judgeAndApply(event, known, {
          rules,
          accepted: new Set([...acceptedReasons(before), ...accepted]),
        }),
      }
    }
    case 'correct':
      return { statement: judgeAndApply(event, known, { rules }) }
    case 'reject': {
      const { findings } = before
      return { statement: { event, state: 'refused', findings, changes: [], touched: [], again: [] } }
    }
    case 'merge':
      return merge({ request, before, event, rules }, known)
  }
}

function acceptable({ findings }: KnownStatement): StatementReason[] {
  const held = new Set(findings.filter(({ severity }) => severity === 'hold').map(({ reason }) => reason))
  return acceptableReasons.filter((reason) => held.has(reason))
}

/** The unknown serial number in the statement becomes an alias of the component. */
function merge(
  { request, before, event, rules }: Pick<ReviewOrder, 'request' | 'before' | 'event' | 'rules'>,
  known: KnownFleet,
): Judged {
  const merged = mergedAlias(event, request.mergeInto ?? '', known.facts)
  if ('fault' in merged) return merged
  return {
    merged,
    statement: judgeMerged(event, [merged], { known, rules, accepted: acceptedReasons(before) }),
  }
}
