// What is known already: the same facts, said again, or others, in contradiction.
import type { BikeProduced, ComponentProduced, ManufacturingEvent } from '../../../proto/index.ts'
import type { BikeFact, FleetFacts } from '../facts.ts'
import { type Finding, finding, type StatementReason } from '../findings.ts'
import { fittingOf, movesOf, removalOf } from './occupancy.ts'
import type { Rule } from './rule.ts'
import { componentSubject, frameSubject, isSameDay, saidComponents, timeMs, timeText } from './said.ts'

export const identity: Rule = {
  reasons: ['serial_taken', 'frame_number_taken', 'bike_id_taken', 'sources_contradict', 'said_before'],
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
  const [named] = saidComponents({ event: { case: 'componentProduced', value: said } } as ManufacturingEvent)
  const known = named && facts.component(named.name)
  if (named === undefined || known === undefined) return []
  const subject = componentSubject(named.name)
  // Another serial number of the component, as a reviewer decided: there is nothing left to contradict.
  if (known.serialNumber !== named.name.serialNumber) return [saidBefore(subject)]
  return contradiction('serial_taken', subject, [
    difference('hardwareRevision', said.hardwareRevision, known.hardwareRevision),
    difference('firmwareRevision', said.firmwareRevision, known.firmwareRevision),
    difference('batch', said.batch, known.batch),
    difference('plant', said.plant, known.plant),
    timeDifference('producedAt', timeMs(said.producedAt), known.producedAtMs),
  ])
}

function bikeFindings(event: ManufacturingEvent, said: BikeProduced, facts: FleetFacts): Finding[] {
  const byFrame = facts.bikeByFrame(said.frameNumber)
  const byId = facts.bikeById(said.bikeId)
  const subject = frameSubject(said.frameNumber)
  const findings: Finding[] = []
  if (byFrame !== undefined && byFrame.bikeId !== said.bikeId) {
    const detail = `frame number ${said.frameNumber} is that of bike ${byFrame.bikeId}, said: ${said.bikeId}`
    const evidence = { 'said bikeId': said.bikeId, 'known bikeId': byFrame.bikeId }
    findings.push(finding('frame_number_taken', subject, { detail, evidence }))
  }
  if (byId?.frameNumber !== undefined && byId.frameNumber !== said.frameNumber) {
    const detail = `bike ${said.bikeId} has frame number ${byId.frameNumber}, said: ${said.frameNumber}`
    const evidence = { 'said frameNumber': said.frameNumber, 'known frameNumber': byId.frameNumber }
    findings.push(finding('bike_id_taken', `bike:${said.bikeId}`, { detail, evidence }))
  }
  // Registered by hand: the statement tells who the bike is.
  if (findings.length > 0 || byId?.frameNumber === undefined) return findings
  const contradictions = contradiction('sources_contradict', subject, bikeDifferences(event, said, byId))
  const isNews = contradictions[0]?.reason === 'said_before' && !areMovesKnown(event, facts)
  return isNews ? [] : contradictions
}

function bikeDifferences(event: ManufacturingEvent, said: BikeProduced, known: BikeFact): Differences {
  const differences = [
    difference('modelId', said.modelId, known.modelId ?? ''),
    difference('plant', said.plant, known.plant ?? ''),
    difference('oem', said.oem, known.oem ?? ''),
    timeDifference('producedAt', timeMs(said.producedAt), known.producedAtMs),
  ]
  const sources = { 'said source': event.source, 'known source': known.source ?? '' }
  return differences.some((each) => each !== undefined) ? [...differences, sources] : differences
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
  const differences = [timeDifference('occurredAt', timeMs(event.occurredAt), recycledAtMs)]
  return contradiction('sources_contradict', componentSubject(named.name), differences)
}

function deliveryFindings({ event }: ManufacturingEvent, facts: FleetFacts): Finding[] {
  if (event.case !== 'bikeDelivered') return []
  const { frameNumber, deliveredAt } = event.value
  const knownMs = facts.bikeByFrame(frameNumber)?.deliveredAtMs
  if (knownMs === undefined) return []
  const differences = [timeDifference('deliveredAt', timeMs(deliveredAt), knownMs)]
  return contradiction('sources_contradict', frameSubject(frameNumber), differences)
}

/** A bike may be sold again and again; but not to two riders at once. */
function saleFindings({ event }: ManufacturingEvent, facts: FleetFacts): Finding[] {
  if (event.case !== 'bikeSold') return []
  const { frameNumber, riderId } = event.value
  const soldAtMs = timeMs(event.value.soldAt)
  const ownerships = facts.bikeByFrame(frameNumber)?.ownerships ?? []
  const own = ownerships.some(
    (known) =>
      known.riderId === riderId &&
      known.untilMs > soldAtMs &&
      (known.fromMs <= soldAtMs || isSameDay(known.fromMs, soldAtMs)),
  )
  if (own) return [saidBefore(frameSubject(frameNumber))]
  const other = ownerships.find(({ fromMs }) => fromMs === soldAtMs)
  if (other === undefined) return []
  const differences = [difference('riderId', riderId, other.riderId)]
  return contradiction('sources_contradict', frameSubject(frameNumber), differences)
}

type Differences = readonly (Readonly<Record<string, string>> | undefined)[]

/** What one of both does not know contradicts nothing. */
function difference(field: string, said = '', known = ''): Readonly<Record<string, string>> | undefined {
  if (said === '' || known === '' || said === known) return undefined
  return { [`said ${field}`]: said, [`known ${field}`]: known }
}

function timeDifference(field: string, saidMs: number, knownMs: number) {
  if (Number.isNaN(saidMs) || isSameDay(saidMs, knownMs)) return undefined
  return difference(field, timeText(saidMs), timeText(knownMs))
}

function contradiction(reason: StatementReason, subject: string, differences: Differences): Finding[] {
  const evidence = Object.assign({}, ...differences) as Record<string, string>
  if (Object.keys(evidence).length === 0) return [saidBefore(subject)]
  const sides = Object.entries(evidence).map(([name, value]) => `${name}: ${value}`)
  return [finding(reason, subject, { detail: `${subject}: ${sides.join(', ')}`, evidence })]
}

function saidBefore(subject: string): Finding {
  return finding('said_before', subject, { detail: `what is said of ${subject} is known` })
}
