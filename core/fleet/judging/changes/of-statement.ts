// Derives the changes of a statement from what is known. A statement that says nothing new changes nothing.
import type {
  BikeDelivered,
  BikeProduced,
  BikeSold,
  ManufacturingEvent,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { isSameDay, saidComponents, timeMs } from '../../statements/said.ts'
import { frameSubject } from '../../statements/subjects.ts'
import type { BikeFact, FleetFacts } from '../facts.ts'
import { finding } from '../findings.ts'
import { definedModel, definedType } from '../rules/definitions.ts'
import { bikeUnknown, componentUnknown, modelUnknown } from '../rules/known.ts'
import { movesOf } from '../rules/occupancy.ts'
import type { Change, Derived } from './changes.ts'
import {
  componentInstalled,
  componentProduced,
  componentRecycled,
  componentRemanufactured,
  componentRemoved,
  componentSwapped,
  install,
} from './of-components.ts'

/** `bikeDelivered` for a known bike → {changes: [change_bike]}; for an unknown one → {impossible: [bike_unknown]}. */
export function changesOf(statement: ManufacturingEvent, facts: FleetFacts): Derived {
  const { event } = statement
  switch (event.case) {
    case 'componentTypeDefined':
      return { changes: [{ kind: 'define_type', type: definedType(statement, event.value) }] }
    case 'bikeModelDefined':
      return { changes: [{ kind: 'define_model', model: definedModel(statement, event.value) }] }
    case 'componentProduced':
      return componentProduced(statement, event.value, facts)
    case 'bikeProduced':
      return bikeProduced(statement, event.value, facts)
    case 'componentInstalled':
      return componentInstalled(statement, facts)
    case 'componentRemoved':
      return componentRemoved(statement, facts)
    case 'componentSwapped':
      return componentSwapped(statement, event.value, facts)
    case 'componentRemanufactured':
      return componentRemanufactured(statement, event.value, facts)
    case 'componentRecycled':
      return componentRecycled(statement, event.value, facts)
    case 'bikeDelivered':
      return bikeDelivered(event.value, facts)
    case 'bikeSold':
      return bikeSold(statement, event.value, facts)
    default:
      return { impossible: [finding('unreadable', '', { detail: 'the statement says nothing' })] }
  }
}

function bikeProduced(statement: ManufacturingEvent, said: BikeProduced, facts: FleetFacts): Derived {
  const impossible = saidComponents(statement)
    .filter(({ name }) => facts.component(name) === undefined)
    .map(({ name }) => componentUnknown(name))
  if (facts.model(said.modelId) === undefined) impossible.push(modelUnknown(said.modelId))
  if (impossible.length > 0) return { impossible }
  const moves = movesOf(statement, facts)
  return {
    changes: [
      ...bikeChanges(statement, said, facts),
      ...moves.flatMap((move) => install(move, facts, { installedBy: statement.eventId })),
    ],
  }
}

function bikeChanges({ source }: ManufacturingEvent, said: BikeProduced, facts: FleetFacts): Change[] {
  const { bikeId, frameNumber, modelId } = said
  const producedAtMs = timeMs(said.producedAt)
  const known = facts.bikeById(bikeId)
  if (known === undefined) {
    const { plant, oem } = said
    const made = { bikeId, frameNumber, modelId, plant, oem, producedAtMs, source }
    return [{ kind: 'add_bike', bike: { ...made, deliveredAtMs: undefined, ownerships: [] } }]
  }
  const isByHand = known.frameNumber === undefined
  return changed(known, {
    frameNumber,
    modelId,
    plant: said.plant || known.plant,
    oem: said.oem || known.oem,
    producedAtMs:
      !isByHand && isSameDay(producedAtMs, known.producedAtMs) ? known.producedAtMs : producedAtMs,
    source: known.source ?? source,
  })
}

function bikeDelivered({ frameNumber, deliveredAt }: BikeDelivered, facts: FleetFacts): Derived {
  const bike = facts.bikeByFrame(frameNumber)
  if (bike === undefined) return { impossible: [bikeUnknown(frameNumber)] }
  return { changes: changed(bike, { deliveredAtMs: timeMs(deliveredAt) }) }
}

/**
 * Sales may arrive in any order. An ownership ends where that of the next rider begins, so a sale between two known ones ends
 * the first and ends itself where the second begins.
 */
function bikeSold(
  { eventId }: ManufacturingEvent,
  { frameNumber, riderId, soldAt }: BikeSold,
  facts: FleetFacts,
): Derived {
  const bike = facts.bikeByFrame(frameNumber)
  if (bike === undefined) return { impossible: [bikeUnknown(frameNumber)] }
  const fromMs = timeMs(soldAt)
  const owner = bike.ownerships.find((each) => each.fromMs <= fromMs && fromMs < each.untilMs)
  if (owner?.riderId === riderId) return { changes: [] }
  if (owner?.fromMs === fromMs) {
    const detail = `at the same moment the bike was sold to ${owner.riderId}`
    return { impossible: [finding('sources_contradict', frameSubject(frameNumber), { detail })] }
  }
  const { bikeId } = bike
  const next = bike.ownerships.find((each) => each.fromMs > fromMs)
  if (next?.riderId === riderId && next.saidBy !== undefined) {
    const earlier = {
      kind: 'backdate_own',
      bikeId,
      ends: owner,
      ownership: next,
      fromMs,
      saidBy: eventId,
    } as const
    return { changes: [earlier] }
  }
  const untilMs = next?.fromMs ?? Number.POSITIVE_INFINITY
  const ownership = { riderId, fromMs, untilMs, saidBy: eventId }
  return { changes: [{ kind: 'own', bikeId, ends: owner, ownership }] }
}

function changed(known: BikeFact, said: Partial<BikeFact>): Change[] {
  const isSame = Object.entries(said).every(([fact, value]) => known[fact as keyof BikeFact] === value)
  return isSame ? [] : [{ kind: 'change_bike', bike: { ...known, ...said } }]
}
