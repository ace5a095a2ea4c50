// Decides about batches of statements. The facts change with each applied statement, so the next one is judged with it. Pure.
import { clone, equals } from '@bufbuild/protobuf'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { Speaker } from '../partners/port.ts'
import { doubtOfKey } from '../partners/verify.ts'
import type { Doubt, ReceivedStatement } from '../statements/records.ts'
import { inOrder } from '../statements/said.ts'
import type { Speaking } from './facts.ts'
import { type Finding, finding } from './findings.ts'
import { acceptedReasons, judgeAndApply, mayCountLater } from './judge.ts'
import { judgeTogether } from './judge-together.ts'
import type { FleetDecision, JudgedStatement, KnownFleet, KnownStatement, LoadedFleet } from './port.ts'
import type { Rule } from './rules/rule.ts'

export interface IntakePlan extends FleetDecision {
  /** Stored before with the same content. */
  readonly repeated: readonly (ReceivedStatement & { readonly known: KnownStatement | undefined })[]
  /** Their id belongs to a statement with other content. */
  readonly reused: readonly (ReceivedStatement & { readonly findings: readonly Finding[] })[]
  /** Not proven, and not stored before: they are not stored, and take no id. */
  readonly unproven: readonly (ReceivedStatement & { readonly doubt: Doubt })[]
}

/**
 * Judges statements that were received. They are sorted first, so that definitions and components come before the bikes that
 * need them. A statement that is stored, or comes twice, is not judged again.
 *
 *     [bike F-1 made of BA1, battery BA1 made] → both applied, the battery first
 */
export function planIntake(
  received: readonly ReceivedStatement[],
  known: KnownFleet,
  rules: readonly Rule[],
): IntakePlan {
  const contents = new Map([...known.statements].map(([id, { contentSha256 }]) => [id, contentSha256]))
  const plan = { judged: [] as JudgedStatement[], repeated: [] as IntakePlan['repeated'][number][] }
  const reused: IntakePlan['reused'][number][] = []
  const unproven: IntakePlan['unproven'][number][] = []
  for (const each of [...received].sort((a, b) => inOrder(a.event, b.event))) {
    const statement = underFormerId(each, contents)
    const { event, doubt = doubtOfKey(statement, known.facts), ...received } = statement
    const { contentSha256 } = received
    const former = contents.get(event.eventId)
    if (doubt !== undefined && former !== contentSha256) unproven.push({ ...statement, doubt })
    else if (former === undefined) {
      contents.set(event.eventId, contentSha256)
      const judged = known.retracted?.has(event.eventId)
        ? retracted(event)
        : judgeAndApply(event, known, { rules })
      plan.judged.push({ ...judged, received })
    } else if (former === contentSha256) {
      plan.repeated.push({ ...statement, known: known.statements.get(event.eventId) })
    } else reused.push({ ...statement, findings: [idReused(event)] })
  }
  return { ...plan, reused, unproven }
}

/** Before there were seals, statements were stored under the ids that they came with. */
function underFormerId(
  statement: ReceivedStatement,
  contents: ReadonlyMap<string, string>,
): ReceivedStatement {
  const { saidEventId, speaker, contentSha256, event } = statement
  const isFormer = speaker.provenance === 'unsealed' && contents.get(saidEventId ?? '') === contentSha256
  if (saidEventId === undefined || !isFormer) return statement
  const former = clone(ManufacturingEventSchema, event)
  former.eventId = saidEventId
  return { ...statement, event: former, saidEventId: undefined }
}

/**
 * Judges statements again that became due. One that was decided or corrected since it was loaded is left alone. One that is
 * still held is tried together with others that wait.
 */
export function planAgain(
  due: readonly KnownStatement[],
  known: KnownFleet,
  rules: readonly Rule[],
): FleetDecision {
  const judged = new Map<string, JudgedStatement>()
  for (const { event } of due) {
    const now = known.statements.get(event.eventId)
    const isOpen = now !== undefined && (now.state === 'held' || now.isDue) && !judged.has(event.eventId)
    if (!isOpen || !equals(ManufacturingEventSchema, now.event, event)) continue
    for (const each of again(now, { ...known, waiting: known.waiting.filter(isOpenStill) }, rules)) {
      // A statement that was held a moment ago is written after those that it depends on.
      judged.delete(each.event.eventId)
      judged.set(each.event.eventId, each)
    }
  }
  return { judged: [...judged.values()] }

  function isOpenStill({ event }: KnownStatement): boolean {
    const already = judged.get(event.eventId)
    return already?.state !== 'applied' || mayCountLater(event, already)
  }
}

function again(now: KnownStatement, known: KnownFleet, rules: readonly Rule[]): readonly JudgedStatement[] {
  const alone = judgeAndApply(now.event, known, { rules, accepted: acceptedReasons(now) })
  const judged = (alone.state === 'held' && judgeTogether(now, known, rules)) || [alone]
  return judged.map((each) => settled(each, each === alone ? now : undefined))
}

/** A statement with the same result as before, and without changes, makes none due: else judging would never end. */
function settled(judged: JudgedStatement, before: KnownStatement | undefined): JudgedStatement {
  if (before === undefined || judged.changes.length > 0) return judged
  const quiet = { ...judged, touched: [], again: [] }
  // Another statement moved one side of the swap. The swap stays applied for its other side.
  const isHalf = judged.state === 'held' && before.state === 'applied' && !mayCountLater(before.event, before)
  if (isHalf && judged.event.event.case === 'componentSwapped') return { ...quiet, ...stateOf(before) }
  const isAsBefore =
    judged.state === before.state &&
    mayCountLater(judged.event, judged) === mayCountLater(before.event, before)
  return isAsBefore ? quiet : judged
}

const stateOf = ({ state, findings }: KnownStatement) => ({ state, findings })

/** Nothing follows from a statement that was taken back. */
export const retracted = (event: ManufacturingEvent): JudgedStatement => ({
  ...{ event, state: 'retracted', findings: [], changes: [], touched: [], again: [] },
})

function idReused({ eventId }: ManufacturingEvent): Finding {
  return finding('event_id_reused', eventId, { detail: `another statement has the id ${eventId}` })
}

/** `speakers` are of statements that are new or corrected. Nobody says what nobody is known to say. */
export function speakingIn(
  { statements, waiting = [], partners }: Pick<LoadedFleet, 'statements' | 'partners'> & Partial<LoadedFleet>,
  speakers: ReadonlyMap<string, Speaker> = new Map(),
): Speaking {
  const known = [...statements, ...waiting].map((each) => [each.event.eventId, speakerNow(each)] as const)
  const said = new Map<string, Speaker>([...known, ...speakers])
  const facts = new Map(partners.map((partner) => [partner.partnerId, partner]))
  return {
    speaker: (eventId) => said.get(eventId) ?? { provenance: 'unsealed' },
    partner: (partnerId) => facts.get(partnerId),
  }
}

/** What staff corrected is staff's word. What was applied was believed, and a grant that is withdrawn later changes no past. */
function speakerNow({ speaker, decisions, state }: KnownStatement): Speaker {
  if (decisions.some(({ verdict }) => verdict === 'correct')) return { provenance: 'staff' }
  return state === 'applied' ? { provenance: 'legacy' } : speaker
}
