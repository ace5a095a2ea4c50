// Numbers that do not look like their type's. What is known by a number was accepted with it, and is not asked again.

import { serialFault } from '../../statements/serial-number.ts'
import { componentSubject, frameSubject, typeSubject } from '../../statements/subjects.ts'
import type { FleetFacts } from '../facts.ts'
import { type Finding, finding } from '../findings.ts'
import type { Rule } from './rule.ts'
import { saidComponents, saidFrameNumber } from './said.ts'

export const serialNumbers: Rule = {
  reasons: ['serial_format', 'check_digit', 'component_type_unknown'],
  find(event, facts) {
    const names = saidComponents(event).map(({ name }) => name)
    const slots = event.event.case === 'bikeModelDefined' ? event.event.value.slots : []
    const types = new Set([...names, ...slots].map(({ type }) => type))
    const unknown = names.filter((name) => facts.component(name) === undefined)
    return [
      ...[...types].filter((type) => facts.type(type) === undefined).map(typeUnknown),
      ...unknown.flatMap((name) => lookOf(facts, name.type, [name.serialNumber, componentSubject(name)])),
      ...frameLook(facts, saidFrameNumber(event)),
    ]
  },
}

function typeUnknown(type: string): Finding {
  return finding('component_type_unknown', typeSubject(type), {
    detail: `no type of component "${type}" is defined`,
  })
}

/** Frame numbers are looked at where the type "frame" is defined. */
function frameLook(facts: FleetFacts, frameNumber: string): Finding[] {
  if (frameNumber === '' || facts.bikeByFrame(frameNumber) !== undefined) return []
  return lookOf(facts, 'frame', [frameNumber, frameSubject(frameNumber)])
}

function lookOf(facts: FleetFacts, type: string, [number, subject]: readonly [string, string]): Finding[] {
  const form = facts.type(type)
  const fault = form && serialFault(form, number)
  if (fault === undefined) return []
  const detail =
    fault === 'check_digit'
      ? `the check digit of ${number} does not hold: a character is wrong or exchanged`
      : `${number} does not look like a number of type ${type}`
  return [finding(fault, subject, { detail, evidence: { said: number, pattern: form?.serialPattern ?? '' } })]
}
