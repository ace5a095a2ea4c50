// Statements that are possible only together. A battery was fitted and removed again; later statements about the slot were
// applied first. Neither the installation nor the removal can be applied alone, both together can.
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  happenedAtMs,
  inOrder,
  type SaidComponent,
  saidComponents,
  saidFrameNumber,
} from '../statements/said.ts'
import type { FleetFacts, PendingMove } from './facts.ts'
import { acceptedReasons, judgeAndApply } from './judge.ts'
import type { JudgedStatement, KnownFleet, KnownStatement } from './port.ts'
import { fittingOf, type Move, movesOf, removalOf } from './rules/occupancy.ts'
import type { Rule } from './rules/rule.ts'

/** Swaps make chains: each removes the component that the one before it fitted. */
const mostTogether = 20

/**
 * Looks for other statements that wait and make the held one possible. It adds the partner of the statement that is stuck,
 * tries all of them in order on a copy of the facts, and goes on until all are applied.
 *
 *     held: BA3 fitted on day 10; waiting: BA3 removed on day 15; known: BA1 fitted on day 20 → both, applied
 *
 * Returns undefined where no partner is found; then nothing has changed.
 */
export function judgeTogether(
  held: KnownStatement,
  known: KnownFleet,
  rules: readonly Rule[],
): readonly JudgedStatement[] | undefined {
  let group = [held]
  let [stuck, facts] = [held, known.facts]
  while (group.length < mostTogether) {
    const others = known.waiting.filter((each) => !group.some(({ event }) => isSame(event, each.event)))
    const partner = partnerOf(stuck.event, facts, others)
    if (partner === undefined) return undefined
    group = [...group, partner].sort((a, b) => inOrder(a.event, b.event))
    facts = known.facts.trial(group.flatMap(({ event }) => movesIn(event)))
    const trial = judgeInOrder(group, { facts, nowMs: known.nowMs }, rules)
    if (trial.stuck === undefined) {
      known.facts.apply(trial.judged.flatMap(({ changes }) => changes))
      return trial.judged
    }
    stuck = trial.stuck
  }
  return undefined
}

function judgeInOrder(
  group: readonly KnownStatement[],
  known: Pick<KnownFleet, 'facts' | 'nowMs'>,
  rules: readonly Rule[],
): { judged: JudgedStatement[]; stuck?: KnownStatement } {
  const judged: JudgedStatement[] = []
  for (const one of group) {
    const judgement = judgeAndApply(one.event, known, { rules, accepted: acceptedReasons(one) })
    if (judgement.state !== 'applied') return { judged, stuck: one }
    judged.push(judgement)
  }
  return { judged }
}

function movesIn(event: ManufacturingEvent): PendingMove[] {
  const { eventId } = event
  const [frameNumber, atMs] = [saidFrameNumber(event), happenedAtMs(event)]
  return saidComponents(event).flatMap(({ role, slot, name }) =>
    role === 'fitted' || role === 'removed' ? [{ role, frameNumber, slot, name, atMs, eventId }] : [],
  )
}

const isSame = (a: ManufacturingEvent, b: ManufacturingEvent) => a.eventId === b.eventId

/**
 * The waiting statement that would make this one possible: it makes the bike, or fits the component that this one removes, or
 * removes a component that is in the way, or the fitted one before something comes after it.
 */
function partnerOf(
  event: ManufacturingEvent,
  facts: FleetFacts,
  others: readonly KnownStatement[],
): KnownStatement | undefined {
  const frameNumber = saidFrameNumber(event)
  const ofBike = others
    .filter((each) => saidFrameNumber(each.event) === frameNumber)
    .sort((a, b) => happenedAtMs(a.event) - happenedAtMs(b.event))
  if (event.event.case !== 'bikeProduced' && facts.bikeByFrame(frameNumber) === undefined) {
    return ofBike.find((each) => each.event.event.case === 'bikeProduced')
  }
  const moves = movesOf(event, facts)
  const leaving = moves.find(({ said }) => said.role === 'removed')
  for (const move of moves) {
    const found = move.said.role === 'removed' ? forRemoved(move) : forFitted(move)
    if (found !== undefined) return found
  }
  return undefined

  /** Other statements that fit or remove a component between two times, the earliest first. */
  function told(role: SaidComponent['role'], componentId: string, between: readonly [number, number]) {
    const [afterMs, beforeMs] = between
    return ofBike.filter(({ event: other }) => {
      const atMs = happenedAtMs(other)
      const isMeant = (said: SaidComponent) =>
        said.role === role && facts.component(said.name)?.componentId === componentId
      return afterMs < atMs && atMs < beforeMs && saidComponents(other).some(isMeant)
    })
  }

  /** Somebody must have fitted the component before it was removed, or fitted it again between that and the known end. */
  function forRemoved(move: Move): KnownStatement | undefined {
    const { componentId } = move.component
    const removal = removalOf(move, facts)
    if (removal.kind === 'absent') return told('fitted', componentId, [-Infinity, move.atMs]).at(-1)
    if (removal.kind !== 'other_time') return undefined
    return told('fitted', componentId, [move.atMs, removal.installation.untilMs])[0]
  }

  /** Either the component in the slot has to leave first, or the fitted one has to leave before its next known place. */
  function forFitted(move: Move): KnownStatement | undefined {
    const { component, atMs } = move
    const fitting = fittingOf(move, facts, leaving?.component)
    if (fitting.kind === 'known') return undefined
    const { elsewhere, inSlot } = fitting.kind === 'new' ? fitting : { elsewhere: [], inSlot: [] }
    const before = inSlot.find(({ fromMs }) => fromMs < atMs)
    const makesRoom = before && told('removed', before.componentId, [before.fromMs, atMs + 1]).at(-1)
    const goneMs = Math.min(component.recycledAtMs ?? Infinity, leaving?.comesBack?.atMs ?? Infinity)
    const needsEnd = elsewhere.length + inSlot.length > 0 || move.untilMs > goneMs
    return makesRoom ?? (needsEnd ? told('removed', component.componentId, [atMs, Infinity])[0] : undefined)
  }
}
