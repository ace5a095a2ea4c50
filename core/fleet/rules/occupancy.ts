// Where components are according to what is known, as far as a statement that fits or removes one is concerned.
import type { ManufacturingEvent } from '../../../proto/index.ts'
import type { BikeFact, ComponentFact, FleetFacts, InstallationFact } from '../facts.ts'
import { happenedAtMs, isSameDay, type SaidComponent, saidComponents, saidFrameNumber } from './said.ts'

export interface Move {
  readonly said: SaidComponent
  readonly bikeId: string
  readonly component: ComponentFact
  readonly atMs: number
}

/** Components that a statement fits or removes, where they and the bike are known. */
export function movesOf(event: ManufacturingEvent, facts: FleetFacts): readonly Move[] {
  const bikeId = saidBikeId(event, facts)
  const atMs = happenedAtMs(event)
  if (bikeId === undefined || Number.isNaN(atMs)) return []
  return saidComponents(event).flatMap((said) => {
    const component = facts.component(said.name)
    return component === undefined ? [] : [{ said, bikeId, component, atMs }]
  })
}

function saidBikeId(event: ManufacturingEvent, facts: FleetFacts): string | undefined {
  if (event.event.case === 'bikeProduced') return event.event.value.bikeId
  return facts.bikeByFrame(saidFrameNumber(event))?.bikeId
}

export type Fitting =
  /** It is known to be there, since about then. */
  | { readonly kind: 'known' }
  | {
      readonly kind: 'new'
      /** The component's other places at that time or later. */
      readonly elsewhere: readonly InstallationFact[]
      /** What else is in the slot at that time or later. */
      readonly inSlot: readonly InstallationFact[]
    }

/** `leaving` is the component that makes room in the same statement. */
export function fittingOf(
  { said, bikeId, component, atMs }: Move,
  facts: FleetFacts,
  leaving?: ComponentFact,
): Fitting {
  const stays = facts.installationsOf(component.componentId).filter(({ untilMs }) => untilMs > atMs)
  const [next] = stays
  if (
    next?.bikeId === bikeId &&
    next.slot === said.slot &&
    (next.fromMs <= atMs || isSameDay(next.fromMs, atMs))
  ) {
    return { kind: 'known' }
  }
  const inSlot = facts
    .installationsIn(bikeId)
    .filter(({ slot, untilMs }) => slot === said.slot && untilMs > atMs)
    .filter(({ componentId }) => componentId !== component.componentId)
    .filter(({ componentId, fromMs }) => componentId !== leaving?.componentId || fromMs >= atMs)
  return { kind: 'new', elsewhere: stays, inSlot }
}

export type Removal =
  /** It is there, and nobody has said until when. */
  | { readonly kind: 'new'; readonly installation: InstallationFact }
  /** It is known to have been removed about then. */
  | { readonly kind: 'known' }
  /** It is known to have been removed at quite another time. */
  | { readonly kind: 'other_time'; readonly installation: InstallationFact }
  | { readonly kind: 'absent' }

export function removalOf({ said, bikeId, component, atMs }: Move, facts: FleetFacts): Removal {
  const stays = facts
    .installationsIn(bikeId)
    .filter(
      ({ componentId, slot }) =>
        componentId === component.componentId && (said.slot === '' || slot === said.slot),
    )
  const there = stays.find(({ fromMs, untilMs }) => fromMs < atMs && atMs < untilMs)
  if (there?.untilMs === Number.POSITIVE_INFINITY) return { kind: 'new', installation: there }
  if (stays.some(({ fromMs, untilMs }) => fromMs < atMs && isSameDay(untilMs, atMs))) return { kind: 'known' }
  return there === undefined ? { kind: 'absent' } : { kind: 'other_time', installation: there }
}

/** A bike by the name that people know it by. */
export function bikeName(bike: BikeFact | undefined, bikeId: string): string {
  return bike?.frameNumber ?? bikeId
}
