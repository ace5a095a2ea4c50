// Finds components that cannot be where a statement puts them, or takes them from.

import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { happenedAtMs, saidComponents, timeText } from '../../statements/said.ts'
import { componentSubject } from '../../statements/subjects.ts'
import type { ComponentFact, FleetFacts, InstallationFact } from '../facts.ts'
import { type Finding, finding } from '../findings.ts'
import { bikeName, fittingOf, type Move, movesOf, removalOf } from './occupancy.ts'
import type { Rule } from './rule.ts'

export const places: Rule = {
  reasons: [
    'component_elsewhere',
    'slot_taken',
    'component_absent',
    'component_recycled',
    'sources_contradict',
  ],
  find(event, facts) {
    const moves = movesOf(event, facts)
    const leaving = moves.find(({ said }) => said.role === 'removed')?.component
    return [
      ...moves
        .filter(({ said }) => said.role === 'fitted')
        .flatMap((move, index, all) => [
          ...fittingFindings(move, facts, leaving),
          ...doubles(move, all.slice(0, index)),
        ]),
      ...moves.filter(({ said }) => said.role === 'removed').flatMap((move) => removalFindings(move, facts)),
      ...lifeFindings(event, facts),
    ]
  },
}

function fittingFindings(move: Move, facts: FleetFacts, leaving: ComponentFact | undefined): Finding[] {
  const fitting = fittingOf(move, facts, leaving)
  if (fitting.kind !== 'new') return []
  const { said, component } = move
  const subject = componentSubject(said.name)
  const findings = fitting.elsewhere.slice(0, 1).map((stay) =>
    finding('component_elsewhere', subject, {
      detail: `${subject} is ${placeText(stay, facts)}, said: fitted from ${timeText(move.atMs)} on`,
      evidence: placeEvidence(stay, facts),
    }),
  )
  for (const stay of fitting.inSlot.slice(0, 1)) {
    const other = facts.componentById(stay.componentId)
    findings.push(
      finding('slot_taken', said.slot, {
        detail: `slot ${said.slot} has ${other?.serialNumber ?? 'another component'} from ${timeText(stay.fromMs)} until ${timeText(stay.untilMs)}, said: ${said.name.serialNumber} from ${timeText(move.atMs)} on`,
        evidence: { ...placeEvidence(stay, facts), 'known serial number': other?.serialNumber ?? '' },
      }),
    )
  }
  const reachesItsEnd = move.untilMs > (component.recycledAtMs ?? Number.POSITIVE_INFINITY)
  return [...findings, ...(reachesItsEnd ? recycled(component, subject) : [])]
}

/** One statement may put two components in one slot, or one in two. */
function doubles({ said, component }: Move, before: readonly Move[]): Finding[] {
  const subject = componentSubject(said.name)
  const findings: Finding[] = []
  if (before.some((other) => other.said.slot === said.slot)) {
    findings.push(
      finding('slot_taken', said.slot, { detail: `slot ${said.slot} is there twice in the statement` }),
    )
  }
  if (before.some((other) => other.component.componentId === component.componentId)) {
    const detail = `${subject} is there twice in the statement`
    findings.push(finding('component_elsewhere', subject, { detail }))
  }
  return findings
}

function removalFindings(move: Move, facts: FleetFacts): Finding[] {
  const removal = removalOf(move, facts)
  const subject = componentSubject(move.said.name)
  if (removal.kind === 'absent') {
    const stays = facts.installationsOf(move.component.componentId)
    const where = stays.map((stay) => placeText(stay, facts)).join(', ') || 'in no bike at all'
    const detail = `${subject} is ${where}, said: removed from ${bikeName(facts.bikeById(move.bikeId), move.bikeId)} at ${timeText(move.atMs)}`
    return [
      finding('component_absent', subject, {
        detail,
        evidence: stays[0] ? placeEvidence(stays[0], facts) : {},
      }),
    ]
  }
  if (removal.kind !== 'other_time') return []
  const detail = `${subject} was removed at ${timeText(removal.installation.untilMs)}, said: at ${timeText(move.atMs)}`
  return [
    finding('sources_contradict', subject, { detail, evidence: placeEvidence(removal.installation, facts) }),
  ]
}

/** A component that is remanufactured or recycled is in no bike, and a recycled one is gone for ever. */
function lifeFindings(event: ManufacturingEvent, facts: FleetFacts): Finding[] {
  return saidComponents(event).flatMap(({ role, name }) => {
    const component = role === 'named' ? facts.component(name) : undefined
    if (component === undefined) return []
    const subject = componentSubject(name)
    const atMs = happenedAtMs(event)
    // A remanufactured component may be fitted later.
    const isOver = event.event.case === 'componentRecycled'
    const there = facts
      .installationsOf(component.componentId)
      .find(({ fromMs, untilMs }) => untilMs > atMs && (isOver || fromMs <= atMs))
    const elsewhere = (stay: InstallationFact) =>
      finding('component_elsewhere', subject, {
        detail: `${subject} is ${placeText(stay, facts)}, said: taken apart at ${timeText(atMs)}`,
        evidence: placeEvidence(stay, facts),
      })
    const isTooLate = atMs >= (component.recycledAtMs ?? Number.POSITIVE_INFINITY)
    const gone =
      isTooLate && event.event.case === 'componentRemanufactured' ? recycled(component, subject) : []
    return [...(there === undefined ? [] : [elsewhere(there)]), ...gone]
  })
}

function recycled({ recycledAtMs }: ComponentFact, subject: string): Finding[] {
  if (recycledAtMs === undefined) return []
  const recycledAt = timeText(recycledAtMs)
  const detail = `${subject} was recycled at ${recycledAt}`
  return [finding('component_recycled', subject, { detail, evidence: { recycledAt } })]
}

function placeText({ bikeId, slot, fromMs, untilMs }: InstallationFact, facts: FleetFacts): string {
  const until = untilMs === Number.POSITIVE_INFINITY ? '' : ` until ${timeText(untilMs)}`
  return `in bike ${bikeName(facts.bikeById(bikeId), bikeId)}, slot ${slot}, from ${timeText(fromMs)}${until}`
}

function placeEvidence({ bikeId, slot, fromMs, untilMs }: InstallationFact, facts: FleetFacts) {
  return {
    'known bike': bikeName(facts.bikeById(bikeId), bikeId),
    'known slot': slot,
    'known from': timeText(fromMs),
    'known until': timeText(untilMs),
  }
}
