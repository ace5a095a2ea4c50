// Checks what a statement would change. It may not if the database would refuse it: one component in two places, two in one
// slot, one number on two things. Doubts that do not prevent it stay as flags.

import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { saidComponents, saidFrameNumber } from '../../statements/said.ts'
import { componentSubject, frameSubject } from '../../statements/subjects.ts'
import type { FleetFacts, InstallationFact } from '../facts.ts'
import { type Finding, finding, type StatementReason } from '../findings.ts'
import type { Change } from './changes.ts'

/** Reviewers cannot accept these findings: a correction or a merge is needed. */
export function guard(changes: readonly Change[], facts: FleetFacts): Finding[] {
  return [...changes.flatMap((change) => takenNames(change, facts)), ...takenPlaces(changes, facts)]
}

function takenNames(change: Change, facts: FleetFacts): Finding[] {
  if (change.kind === 'add_bike' || change.kind === 'change_bike') {
    const { bikeId, frameNumber } = change.bike
    const holder = frameNumber === undefined ? undefined : facts.bikeByFrame(frameNumber)
    if (frameNumber === undefined || holder === undefined || holder.bikeId === bikeId) return []
    const detail = `frame number ${frameNumber} belongs to bike ${holder.bikeId}, not ${bikeId}`
    const evidence = { said: bikeId, known: holder.bikeId }
    return [finding('frame_number_taken', frameSubject(frameNumber), { detail, evidence })]
  }
  if (change.kind === 'alias' && facts.component(change.name) !== undefined) {
    const subject = componentSubject(change.name)
    return [finding('serial_taken', subject, { detail: `${subject} is a component itself` })]
  }
  return []
}

function takenPlaces(changes: readonly Change[], facts: FleetFacts): Finding[] {
  const installed = changes.flatMap(addedStay)
  return installed.flatMap((added, index) => {
    const among = (all: readonly InstallationFact[]) => [
      ...all.flatMap(left(changes)),
      ...installed.slice(0, index),
    ]
    const elsewhere = among(facts.installationsOf(added.componentId)).find(
      (each) => each.componentId === added.componentId && overlap(each, added),
    )
    const inSlot = among(facts.installationsIn(added.bikeId)).find(
      (each) => each.bikeId === added.bikeId && each.slot === added.slot && overlap(each, added),
    )
    if (elsewhere !== undefined) return [componentElsewhere(added, elsewhere, facts)]
    return inSlot === undefined ? [] : [slotTaken(added, inSlot, facts)]
  })
}

/** The time that a change adds to the stays of a component: the whole stay, or the part before its known beginning. */
function addedStay(change: Change): InstallationFact[] {
  if (change.kind === 'install')
    return [{ ...change.installation, untilMs: change.pendingUntilMs ?? change.installation.untilMs }]
  if (change.kind !== 'backdate') return []
  const { installation, fromMs } = change
  return [{ ...installation, fromMs, untilMs: installation.fromMs }]
}

/** An installation after the changes: shorter, or split in two, where one of them ends it. */
const left = (changes: readonly Change[]) => (each: InstallationFact) => {
  const end = changes.find(
    (change) =>
      (change.kind === 'remove' || change.kind === 'split') &&
      change.installation.componentId === each.componentId &&
      change.installation.fromMs === each.fromMs,
  )
  if (end?.kind === 'remove') return [{ ...each, untilMs: end.untilMs }]
  return end?.kind === 'split'
    ? [
        { ...each, untilMs: end.untilMs },
        { ...each, ...end.again },
      ]
    : [each]
}

const overlap = (a: InstallationFact, b: InstallationFact) => a.fromMs < b.untilMs && b.fromMs < a.untilMs

function componentElsewhere(added: InstallationFact, found: InstallationFact, facts: FleetFacts): Finding {
  const component = facts.componentById(added.componentId)
  const subject = component === undefined ? added.componentId : componentSubject(component)
  const where = `${bikeName(found.bikeId, facts)}, slot ${found.slot}`
  const detail = `${subject} is in bike ${where} at that time`
  return finding('component_elsewhere', subject, { detail, evidence: { known: where } })
}

function slotTaken(added: InstallationFact, found: InstallationFact, facts: FleetFacts): Finding {
  const holder = facts.componentById(found.componentId)
  const known = holder === undefined ? found.componentId : componentSubject(holder)
  const detail = `${known} is in slot ${added.slot} of bike ${bikeName(added.bikeId, facts)} at that time`
  return finding('slot_taken', added.slot, { detail, evidence: { known } })
}

const bikeName = (bikeId: string, facts: FleetFacts) => facts.bikeById(bikeId)?.frameNumber ?? bikeId

/** Doubts that stay with the bike or component although the statement is applied. A reviewer's acceptance ends a doubt. */
export function flagsOf(
  statement: ManufacturingEvent,
  facts: FleetFacts,
  { findings, accepted }: { findings: readonly Finding[]; accepted: ReadonlySet<StatementReason> },
): Change[] {
  const doubts = findings.filter(({ reason }) => reason !== 'said_before' && !accepted.has(reason))
  if (doubts.length === 0) return []
  const about = aboutOf(statement, facts)
  return about === undefined ? [] : doubts.map((found) => ({ kind: 'flag', finding: found, ...about }))
}

function aboutOf(statement: ManufacturingEvent, facts: FleetFacts) {
  const { event, eventId } = statement
  if (event.case === 'bikeProduced') return { bikeId: event.value.bikeId }
  const bike = facts.bikeByFrame(saidFrameNumber(statement))
  if (bike !== undefined) return { bikeId: bike.bikeId }
  const [named] = saidComponents(statement)
  if (named === undefined) return undefined
  return { componentId: facts.component(named.name)?.componentId ?? eventId }
}
