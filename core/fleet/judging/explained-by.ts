// Which other statement that waits would explain why a statement is held.
import type { ManufacturingEvent } from '../../../proto/index.ts'
import type { FleetFacts } from './facts.ts'
import type { StatementReason } from './findings.ts'
import type { Judgement } from './judge.ts'
import type { KnownStatement } from './port.ts'
import { fittingOf, type Move, movesOf, removalOf } from './rules/occupancy.ts'
import { happenedAtMs, type SaidComponent, saidComponents, saidFrameNumber } from './rules/said.ts'

const partnerReasons: readonly StatementReason[] = [
  'bike_unknown',
  'component_absent',
  'component_elsewhere',
  'component_recycled',
  'slot_taken',
  'sources_contradict',
]

/** Whether it is held for nothing that another held statement could not explain. */
export function mayHavePartners(
  event: ManufacturingEvent,
  { state, findings }: Pick<Judgement, 'state' | 'findings'>,
): boolean {
  if (state !== 'held' || saidFrameNumber(event) === '') return false
  const held = findings.filter(({ severity }) => severity === 'hold')
  return held.every(({ reason }) => partnerReasons.includes(reason))
}

/**
 * What would explain it: what makes the bike, what fits a component before or after it is removed, or removes the one that
 * is fitted.
 */
export function partnerOf(
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

  function forRemoved(move: Move): KnownStatement | undefined {
    const { componentId } = move.component
    const removal = removalOf(move, facts)
    if (removal.kind === 'absent') return told('fitted', componentId, [-Infinity, move.atMs]).at(-1)
    if (removal.kind !== 'other_time') return undefined
    return told('fitted', componentId, [move.atMs, removal.installation.untilMs])[0]
  }

  /** What is in the slot must leave before, or the component itself before something comes after it. */
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
