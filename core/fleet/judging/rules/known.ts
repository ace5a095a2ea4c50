// Rules about names: bikes, components, models and types that are unknown, and numbers that do not look like their type's.

import type { ManufacturingEvent } from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import type { ComponentName } from '../../statements/said.ts'
import { type SaidComponent, saidComponents, saidFrameNumber } from '../../statements/said.ts'
import { serialFault } from '../../statements/serial-number.ts'
import { componentSubject, frameSubject, modelSubject, typeSubject } from '../../statements/subjects.ts'
import type { FleetFacts } from '../facts.ts'
import { type Finding, finding } from '../findings.ts'
import type { Rule } from './rule.ts'

/** The statement waits until somebody tells of the bike, the component or the model that it names. */
export const known: Rule = {
  reasons: ['model_unknown', 'bike_unknown', 'component_unknown'],
  find(event, facts) {
    return [...unknownThing(event, facts), ...saidComponents(event).flatMap(unknownComponent)]

    function unknownComponent({ role, name }: SaidComponent): Finding[] {
      // Without its type no component can be known; `serialNumbers` tells that.
      const isKnown =
        role === 'made' || facts.type(name.type) === undefined || facts.component(name) !== undefined
      return isKnown ? [] : [componentUnknown(name)]
    }
  },
}

function unknownThing(event: ManufacturingEvent, facts: FleetFacts): Finding[] {
  if (event.event.case === 'bikeProduced') {
    const { modelId } = event.event.value
    return modelId !== '' && facts.model(modelId) === undefined ? [modelUnknown(modelId)] : []
  }
  const frameNumber = saidFrameNumber(event)
  const isKnown = frameNumber === '' || facts.bikeByFrame(frameNumber) !== undefined
  return isKnown ? [] : [bikeUnknown(frameNumber)]
}

export function bikeUnknown(frameNumber: string): Finding {
  const detail = `no bike with frame number ${frameNumber} is known`
  return finding('bike_unknown', frameSubject(frameNumber), { detail })
}

export function bikeOwned(frameNumber: string): Finding {
  const detail = `somebody owns the bike with frame number ${frameNumber}, so nobody else may buy it`
  return finding('bike_owned', frameSubject(frameNumber), { detail })
}

export function modelUnknown(modelId: string): Finding {
  return finding('model_unknown', modelSubject(modelId), { detail: `no model "${modelId}" is defined` })
}

export function typeUnknown(type: string): Finding {
  const detail = `no type of component "${type}" is defined`
  return finding('component_type_unknown', typeSubject(type), { detail })
}

/** Undefined where the statement names no component at all. */
export function componentUnknown(name: ComponentName | undefined): Finding {
  if (name === undefined) return finding('component_unknown', '', { detail: 'no component is named' })
  const detail = `no ${name.type} with serial number ${name.serialNumber} is known`
  return finding('component_unknown', componentSubject(name), { detail })
}

/** A number that is known was accepted with its component or bike, and is not checked again. */
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

/** Frame numbers are checked where the type "frame" is defined. */
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
      ? `the check digit of ${number} is not valid: a character is wrong or exchanged`
      : `${number} does not look like a number of type ${type}`
  return [finding(fault, subject, { detail, evidence: { said: number, pattern: form?.serialPattern ?? '' } })]
}
