// Derives the changes of a statement from what is known. A statement that says nothing new changes nothing.
import type {
  BikeDelivered,
  BikeProduced,
  BikeSold,
  ManufacturingEvent,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { isSameDay, saidComponents, timeMs } from '../../statements/said.ts'
import type { BikeFact, FleetFacts } from '../facts.ts'
import { finding } from '../findings.ts'
import { definedModel, definedType } from '../rules/definitions.ts'
import { bikeOwned, bikeUnknown, componentUnknown, modelUnknown } from '../rules/known.ts'
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
      return bikeSold(event.value, facts)
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
    const made = { bikeId, frameNumber, modelId, plant, oem, producedAtMs, source, deliveredAtMs: undefined }
    return [{ kind: 'add_bike', bike: { ...made, isOwned: false, ownedSinceMs: undefined, soldBy: [] } }]
  }
  const isByHand = known.frameNumber === undefined
  return changed(known, {
    frameNumber,
    modelId,
    plant: said.plant || (known.plant ?? said.plant),
    oem: said.oem || (known.oem ?? said.oem),
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

/** How long the code of a receipt may be used, from when the sale became known. */
const codeValidForMs = 180 * 86_400_000

/** A sale says nothing of the buyer: it issues the code by which he may claim the bike, if it has one. */
function bikeSold({ frameNumber, soldAt, claimCodeSha256 }: BikeSold, facts: FleetFacts): Derived {
  const bike = facts.bikeByFrame(frameNumber)
  if (bike === undefined) return { impossible: [bikeUnknown(frameNumber)] }
  if (bike.isOwned) return { impossible: [bikeOwned(frameNumber)] }
  if (claimCodeSha256.length === 0) return { changes: [] }
  const codeSha256 = Buffer.from(claimCodeSha256).toString('hex')
  const code = { codeSha256, soldAtMs: timeMs(soldAt), validForMs: codeValidForMs }
  return { changes: [{ kind: 'issue_code', bikeId: bike.bikeId, ...code }] }
}

function changed(known: BikeFact, said: Partial<BikeFact>): Change[] {
  const isSame = Object.entries(said).every(([fact, value]) => known[fact as keyof BikeFact] === value)
  return isSame ? [] : [{ kind: 'change_bike', bike: { ...known, ...said } }]
}
