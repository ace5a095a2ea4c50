// Decides about batches of statements. The facts change with each applied statement, so the next one is judged with it. Pure.
import { clone, equals } from '@bufbuild/protobuf'
import {
  type ManufacturingEvent,
  ManufacturingEventSchema,
} from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { doubtOfKey } from '../partners/verify.ts'
import type { Doubt, ReceivedStatement } from '../statements/records.ts'
import { inOrder } from '../statements/said.ts'
import { judgeDecided, judgeFirst } from './decided.ts'
import { type Finding, finding } from './findings.ts'
import { mayCountLater } from './judge.ts'
import { judgeTogether } from './judge-together.ts'
import type { AwaitedStatement, FleetDecision, JudgedStatement, KnownFleet, KnownStatement } from './port.ts'
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
  const stored = new Map([...known.statements].map(([id, { contentSha256 }]) => [id, contentSha256]))
  const contentOf = (id: string) => stored.get(id) ?? known.awaited?.get(id)?.remembered?.contentSha256
  const plan = { judged: [] as JudgedStatement[], repeated: [] as IntakePlan['repeated'][number][] }
  const reused: IntakePlan['reused'][number][] = []
  const unproven: IntakePlan['unproven'][number][] = []
  for (const each of [...received].sort((a, b) => inOrder(a.event, b.event))) {
    const statement = underFormerId(each, contentOf)
    const { event, doubt = doubtOfKey(statement, known.facts), ...received } = statement
    const { contentSha256 } = received
    const former = contentOf(event.eventId)
    if (doubt !== undefined && former !== contentSha256) unproven.push({ ...statement, doubt })
    else if (former !== undefined && former !== contentSha256)
      reused.push({ ...statement, findings: [idReused(event)] })
    else if (stored.has(event.eventId))
      plan.repeated.push({ ...statement, known: known.statements.get(event.eventId) })
    else {
      stored.set(event.eventId, contentSha256)
      const awaited = known.awaited?.get(event.eventId)
      plan.judged.push({ ...judgeFirst(event, awaited, { known, rules }), received: asIn(awaited, received) })
    }
  }
  return { ...plan, reused, unproven }
}

/** It was proven as it was then. */
function asIn<R extends Pick<ReceivedStatement, 'speaker'>>(
  awaited: AwaitedStatement | undefined,
  received: R,
): R {
  const isLegacy = awaited?.remembered?.provenance === 'legacy'
  return isLegacy ? { ...received, speaker: { provenance: 'legacy' } } : received
}

/** Before there were seals, statements were stored under the ids that they came with. */
function underFormerId(
  statement: ReceivedStatement,
  contentOf: (eventId: string) => string | undefined,
): ReceivedStatement {
  const { saidEventId, speaker, contentSha256, event } = statement
  if (saidEventId === undefined || speaker.provenance !== 'unsealed') return statement
  if (contentOf(saidEventId) !== contentSha256) return statement
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
  const alone = judgeDecided(now, known, rules)
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

function idReused({ eventId }: ManufacturingEvent): Finding {
  return finding('event_id_reused', eventId, { detail: `another statement has the id ${eventId}` })
}
