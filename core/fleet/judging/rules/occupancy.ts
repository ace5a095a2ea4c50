// Compares the moves of a statement, components that it fits or removes, with the known places of those components.
import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  happenedAtMs,
  isSameDay,
  type SaidComponent,
  saidComponents,
  saidFrameNumber,
} from '../../statements/said.ts'
import type { BikeFact, ComponentFact, FleetFacts, InstallationFact, PendingMove } from '../facts.ts'

export interface Move {
  readonly said: SaidComponent
  readonly bikeId: string
  readonly component: ComponentFact
  readonly atMs: number
  /** When a fitted component leaves again, by statements that are judged together; else Infinity. */
  readonly untilMs: number
  /** When a removed component comes back to the bike, by statements that are judged together. */
  readonly comesBack: PendingMove | undefined
}

/** Only of known components, and a known bike. */
export function movesOf(event: ManufacturingEvent, facts: FleetFacts): readonly Move[] {
  const bikeId = saidBikeId(event, facts)
  const atMs = happenedAtMs(event)
  const frameNumber = saidFrameNumber(event)
  if (bikeId === undefined || Number.isNaN(atMs)) return []
  return saidComponents(event).flatMap((said) => {
    const component = facts.component(said.name)
    if (component === undefined) return []
    const move = { frameNumber, componentId: component.componentId, afterMs: atMs }
    const untilMs = facts.nextPending('removed', move)?.atMs ?? Number.POSITIVE_INFINITY
    return [{ said, bikeId, component, atMs, untilMs, comesBack: facts.nextPending('fitted', move) }]
  })
}

function saidBikeId(event: ManufacturingEvent, facts: FleetFacts): string | undefined {
  if (event.event.case === 'bikeProduced') return event.event.value.bikeId
  return facts.bikeByFrame(saidFrameNumber(event))?.bikeId
}

export type Fitting =
  /** It is known to be there since about that time. */
  | { readonly kind: 'known' }
  /** It is known to be there since later; nothing is known of the time between. */
  | { readonly kind: 'earlier'; readonly installation: InstallationFact }
  | {
      readonly kind: 'new'
      /** The component's other places from that time until it leaves. */
      readonly elsewhere: readonly InstallationFact[]
      /** Other components in the slot from that time until the component leaves. */
      readonly inSlot: readonly InstallationFact[]
    }

/**
 * `leaving` is the component that the same statement removes.
 *
 *     BA1 fitted on day 5; known in the same slot since day 10, slot empty before → {kind: 'earlier'}
 */
export function fittingOf(
  { said, bikeId, component, atMs, untilMs }: Move,
  facts: FleetFacts,
  leaving?: ComponentFact,
): Fitting {
  const during = (stay: InstallationFact) => stay.untilMs > atMs && stay.fromMs < untilMs
  const stays = facts.installationsOf(component.componentId).filter(during)
  const [next] = stays
  const isHere = next?.bikeId === bikeId && next.slot === said.slot
  if (isHere && (next.fromMs <= atMs || isSameDay(next.fromMs, atMs))) return { kind: 'known' }
  const inSlot = facts
    .installationsIn(bikeId)
    .filter((stay) => stay.slot === said.slot && during(stay))
    .filter(({ componentId }) => componentId !== component.componentId)
    .filter(({ componentId, fromMs }) => componentId !== leaving?.componentId || fromMs >= atMs)
  if (isHere && inSlot.every(({ fromMs }) => fromMs >= next.fromMs)) {
    return { kind: 'earlier', installation: next }
  }
  return { kind: 'new', elsewhere: stays, inSlot }
}

export type Removal =
  /** It is there, and has no known end. */
  | { readonly kind: 'new'; readonly installation: InstallationFact }
  /** It is known to have been removed about then. */
  | { readonly kind: 'known' }
  /** It is known to have been removed later, and a statement judged together with this one brings it back before that. */
  | { readonly kind: 'between'; readonly installation: InstallationFact; readonly comesBack: PendingMove }
  /** It is known to have been removed at quite another time. */
  | { readonly kind: 'other_time'; readonly installation: InstallationFact }
  | { readonly kind: 'absent' }

export function removalOf({ said, bikeId, component, atMs, comesBack }: Move, facts: FleetFacts): Removal {
  const stays = facts
    .installationsIn(bikeId)
    .filter(
      ({ componentId, slot }) =>
        componentId === component.componentId && (said.slot === '' || slot === said.slot),
    )
  const there = stays.find(({ fromMs, untilMs }) => fromMs < atMs && atMs < untilMs)
  if (there?.untilMs === Number.POSITIVE_INFINITY) return { kind: 'new', installation: there }
  if (stays.some(({ fromMs, untilMs }) => fromMs < atMs && isSameDay(untilMs, atMs))) return { kind: 'known' }
  if (there === undefined) return { kind: 'absent' }
  const isBack = comesBack?.slot === there.slot && comesBack.atMs < there.untilMs
  return isBack
    ? { kind: 'between', installation: there, comesBack }
    : { kind: 'other_time', installation: there }
}

/** A bike by the name that people know it by. */
export function bikeName(bike: BikeFact | undefined, bikeId: string): string {
  return bike?.frameNumber ?? bikeId
}
