// Finds statements about known things: the same facts again, or facts that contradict the known ones.
import type {
  BikeProduced,
  ComponentProduced,
  ManufacturingEvent,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { isSameDay, saidComponents, timeMs } from '../../statements/said.ts'
import { bikeSubject, componentSubject, frameSubject } from '../../statements/subjects.ts'
import type { BikeFact, FleetFacts } from '../facts.ts'
import type { Finding } from '../findings.ts'
import {
  compare,
  componentSides,
  contradiction,
  differencesIn,
  hasNews,
  isNamesake,
  saidBefore,
  sides,
  timeSides,
} from './differences.ts'
import { bikeOwned } from './known.ts'
import { fittingOf, movesOf, removalOf } from './occupancy.ts'
import type { Rule } from './rule.ts'

export const identity: Rule = {
  reasons: [
    'serial_taken',
    'frame_number_taken',
    'bike_id_taken',
    'bike_owned',
    'sources_contradict',
    'said_before',
  ],
  find(event, facts) {
    switch (event.event.case) {
      case 'componentProduced':
        return componentFindings(event.event.value, facts)
      case 'bikeProduced':
        return bikeFindings(event, event.event.value, facts)
      case 'componentInstalled':
      case 'componentRemoved':
      case 'componentSwapped':
        return moveFindings(event, facts)
      case 'componentRecycled':
        return recycleFindings(event, facts)
      case 'bikeDelivered':
        return deliveryFindings(event, facts)
      case 'bikeSold':
        return saleFindings(event, facts)
      default:
        return []
    }
  },
}

function componentFindings(said: ComponentProduced, facts: FleetFacts): Finding[] {
  const known = said.component && facts.component(said.component)
  if (said.component === undefined || known === undefined) return []
  const subject = componentSubject(said.component)
  const told = componentSides(said, known)
  if (!isNamesake(said, known)) return compare('serial_taken', subject, told)
  const merged = sides('serialNumber', said.component.serialNumber, known.serialNumber)
  return [contradiction('serial_taken', subject, [merged, ...differencesIn(told)])]
}

function bikeFindings(event: ManufacturingEvent, said: BikeProduced, facts: FleetFacts): Finding[] {
  const byFrame = facts.bikeByFrame(said.frameNumber)
  const byId = facts.bikeById(said.bikeId)
  const findings: Finding[] = []
  if (byFrame !== undefined && byFrame.bikeId !== said.bikeId) {
    const shown = [sides('bikeId', said.bikeId, byFrame.bikeId)]
    findings.push(contradiction('frame_number_taken', frameSubject(said.frameNumber), shown))
  }
  if (byId?.frameNumber !== undefined && byId.frameNumber !== said.frameNumber) {
    const shown = [sides('frameNumber', said.frameNumber, byId.frameNumber)]
    findings.push(contradiction('bike_id_taken', bikeSubject(said.bikeId), shown))
  }
  // Registered by hand: the statement tells who the bike is.
  if (findings.length > 0 || byId?.frameNumber === undefined) return findings
  return againstKnownBike(event, said, { known: byId, facts })
}

function againstKnownBike(
  event: ManufacturingEvent,
  said: BikeProduced,
  { known, facts }: { known: BikeFact; facts: FleetFacts },
): Finding[] {
  const subject = frameSubject(said.frameNumber)
  const told = [
    sides('modelId', said.modelId, known.modelId),
    sides('plant', said.plant, known.plant),
    sides('oem', said.oem, known.oem),
    timeSides('producedAt', timeMs(said.producedAt), known.producedAtMs),
  ]
  const differences = differencesIn(told)
  if (differences.length > 0) {
    const shown = [...differences, sides('source', event.source, known.source)]
    return [contradiction('sources_contradict', subject, shown)]
  }
  return hasNews(told) || !areMovesKnown(event, facts) ? [] : [saidBefore(subject)]
}

function moveFindings(event: ManufacturingEvent, facts: FleetFacts): Finding[] {
  const [first] = saidComponents(event)
  return first !== undefined && areMovesKnown(event, facts) ? [saidBefore(componentSubject(first.name))] : []
}

/** Whether all that the statement fits and removes is known to have been, about then. */
function areMovesKnown(event: ManufacturingEvent, facts: FleetFacts): boolean {
  const moves = movesOf(event, facts)
  const isKnown = moves.map((move) =>
    move.said.role === 'removed' ? removalOf(move, facts).kind : fittingOf(move, facts).kind,
  )
  return moves.length === saidComponents(event).length && isKnown.every((kind) => kind === 'known')
}

function recycleFindings(event: ManufacturingEvent, facts: FleetFacts): Finding[] {
  const [named] = saidComponents(event)
  const recycledAtMs = named && facts.component(named.name)?.recycledAtMs
  if (named === undefined || recycledAtMs === undefined) return []
  const told = [timeSides('occurredAt', timeMs(event.occurredAt), recycledAtMs)]
  return compare('sources_contradict', componentSubject(named.name), told)
}

function deliveryFindings({ event }: ManufacturingEvent, facts: FleetFacts): Finding[] {
  if (event.case !== 'bikeDelivered') return []
  const { frameNumber, deliveredAt } = event.value
  const knownMs = facts.bikeByFrame(frameNumber)?.deliveredAtMs
  if (knownMs === undefined) return []
  const told = [timeSides('deliveredAt', timeMs(deliveredAt), knownMs)]
  return compare('sources_contradict', frameSubject(frameNumber), told)
}

/**
 * A bike that somebody owns is nobody's to sell: the sale waits until nobody owns it. The sale by which the owner came to it,
 * told again, says nothing new.
 */
function saleFindings({ event, eventId }: ManufacturingEvent, facts: FleetFacts): Finding[] {
  if (event.case !== 'bikeSold') return []
  const { frameNumber, soldAt } = event.value
  const bike = facts.bikeByFrame(frameNumber)
  if (bike === undefined) return []
  if (bike.soldBy.includes(eventId)) return [saidBefore(frameSubject(frameNumber))]
  if (!bike.isOwned) return []
  const isOwners = bike.ownedSinceMs !== undefined && isSameDay(bike.ownedSinceMs, timeMs(soldAt))
  return [isOwners ? saidBefore(frameSubject(frameNumber)) : bikeOwned(frameNumber)]
}
