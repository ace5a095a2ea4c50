// Decides about a batch of statements, given what is known; each applied statement is known to those after it.
import { equals } from '@bufbuild/protobuf'
import { type ManufacturingEvent, ManufacturingEventSchema } from '../../proto/index.ts'
import { type Finding, finding, type StatementReason } from './findings.ts'
import { judge } from './judge.ts'
import type { FleetDecision, JudgedStatement, KnownFleet, KnownStatement } from './port.ts'
import type { Rule } from './rules/rule.ts'
import { happenedAtMs } from './rules/said.ts'
import { touchedBy } from './subjects.ts'

export interface ReceivedStatement {
  readonly event: ManufacturingEvent
  readonly contentSha256: string
  /** Topic, partition and offset. */
  readonly record: string
}

export interface IntakePlan extends FleetDecision {
  /** Known before, word for word. */
  readonly repeated: readonly (ReceivedStatement & { readonly known: KnownStatement | undefined })[]
  /** Their id belongs to a statement with other content. */
  readonly reused: readonly (ReceivedStatement & { readonly findings: readonly Finding[] })[]
}

export function planIntake(
  received: readonly ReceivedStatement[],
  known: KnownFleet,
  rules: readonly Rule[],
): IntakePlan {
  const contents = new Map([...known.statements].map(([id, { contentSha256 }]) => [id, contentSha256]))
  const plan = { judged: [] as JudgedStatement[], repeated: [] as IntakePlan['repeated'][number][] }
  const reused: IntakePlan['reused'][number][] = []
  for (const statement of [...received].sort(inOrder)) {
    const { event, contentSha256, record } = statement
    const former = contents.get(event.eventId)
    contents.set(event.eventId, former ?? contentSha256)
    if (former === undefined) {
      plan.judged.push({ ...judgeAndApply(event, known, { rules }), received: { contentSha256, record } })
    } else if (former === contentSha256) {
      plan.repeated.push({ ...statement, known: known.statements.get(event.eventId) })
    } else reused.push({ ...statement, findings: [idReused(event)] })
  }
  return { ...plan, reused }
}

/** Held statements, judged again where they are still held and still say the same. */
export function planAgain(
  due: readonly KnownStatement[],
  known: KnownFleet,
  rules: readonly Rule[],
): FleetDecision {
  const judged = due.flatMap(({ event }) => {
    const now = known.statements.get(event.eventId)
    if (now?.state !== 'held' || !equals(ManufacturingEventSchema, now.event, event)) return []
    return [judgeAndApply(event, known, { rules, accepted: new Set(now.accepted) })]
  })
  return { judged }
}

export function judgeAndApply(
  event: ManufacturingEvent,
  { facts, nowMs }: KnownFleet,
  options: { rules: readonly Rule[]; accepted?: ReadonlySet<StatementReason> },
): JudgedStatement {
  const judgement = judge(event, facts, { nowMs, ...options })
  facts.apply(judgement.changes)
  return { event, ...judgement, touched: touchedBy(judgement.changes, facts) }
}

/** Kafka keeps no order across keys; what others lean on goes first, so that little has to wait. */
const ranks: Partial<Record<NonNullable<ManufacturingEvent['event']['case']>, number>> = {
  componentTypeDefined: 0,
  bikeModelDefined: 1,
  componentProduced: 2,
  bikeProduced: 3,
}
const lastRank = 4

function inOrder({ event: a }: ReceivedStatement, { event: b }: ReceivedStatement): number {
  return rankOf(a) - rankOf(b) || happenedAtMs(a) - happenedAtMs(b) || 0
}

const rankOf = ({ event }: ManufacturingEvent) => ranks[event.case ?? 'unreadableRow'] ?? lastRank

function idReused({ eventId }: ManufacturingEvent): Finding {
  return finding('event_id_reused', eventId, { detail: `another statement has the id ${eventId}` })
}
