// Types and models that are defined already: by the same source, whose latest word counts, or by another.
import {
  type BikeModelDefined,
  CheckDigit,
  type ComponentTypeDefined,
  type ManufacturingEvent,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { timeMs, timeText } from '../../statements/said.ts'
import { modelSubject, typeSubject } from '../../statements/subjects.ts'
import type { ComponentTypeFact, Definition, FleetFacts, ModelFact, SlotFact } from '../facts.ts'
import { type Finding, finding } from '../findings.ts'
import { compare, type Sides, sides, timeSides } from './differences.ts'
import type { Rule } from './rule.ts'

export const definitions: Rule = {
  reasons: ['sources_contradict', 'said_before'],
  find(statement, facts) {
    const again = definedAgain(statement, facts)
    return again === undefined ? [] : findingsOf(again)
  },
}

export function definedType(
  { source, occurredAt }: ManufacturingEvent,
  { type, name, serialPattern, checkDigit, firstFaultCode, lastFaultCode }: ComponentTypeDefined,
): ComponentTypeFact {
  const faultCodes = lastFaultCode === 0 ? undefined : ([firstFaultCode, lastFaultCode] as const)
  return { type, name, serialPattern, checkDigit, faultCodes, source, definedAtMs: timeMs(occurredAt) }
}

export function definedModel(
  { source, occurredAt }: ManufacturingEvent,
  { modelId, name, slots, producedFrom, producedUntil }: BikeModelDefined,
): ModelFact {
  return {
    modelId,
    name,
    slots: slots.map(({ slot, type, required }) => ({ slot, type, required })),
    producedFromMs: timeMs(producedFrom),
    producedUntilMs: producedUntil === undefined ? Number.POSITIVE_INFINITY : timeMs(producedUntil),
    source,
    definedAtMs: timeMs(occurredAt),
  }
}

interface DefinedAgain {
  readonly subject: string
  readonly said: Definition
  readonly known: Definition
  readonly told: readonly Sides[]
}

function findingsOf({ subject, said, known, told }: DefinedAgain): Finding[] {
  const isTheirs = said.source === known.source
  if (isTheirs && said.definedAtMs > known.definedAtMs) return []
  if (isTheirs && said.definedAtMs < known.definedAtMs) {
    const detail = `${subject} was defined anew at ${timeText(known.definedAtMs)}, said: at ${timeText(said.definedAtMs)}`
    return [finding('said_before', subject, { detail })]
  }
  return compare('sources_contradict', subject, told)
}

function definedAgain(statement: ManufacturingEvent, facts: FleetFacts): DefinedAgain | undefined {
  const { event } = statement
  if (event.case === 'componentTypeDefined') {
    const [said, known] = [definedType(statement, event.value), facts.type(event.value.type)]
    return known && { subject: typeSubject(said.type), said, known, told: typeSides(said, known) }
  }
  if (event.case === 'bikeModelDefined') {
    const [said, known] = [definedModel(statement, event.value), facts.model(event.value.modelId)]
    return known && { subject: modelSubject(said.modelId), said, known, told: modelSides(said, known) }
  }
  return undefined
}

function typeSides(said: ComponentTypeFact, known: ComponentTypeFact): Sides[] {
  const codes = ({ faultCodes }: ComponentTypeFact) => faultCodes?.join(' to ') ?? 'none'
  return [
    sides('name', said.name, known.name),
    sides('serialPattern', said.serialPattern, known.serialPattern),
    sides('checkDigit', CheckDigit[said.checkDigit] ?? '', CheckDigit[known.checkDigit]),
    sides('faultCodes', codes(said), codes(known)),
  ]
}

function modelSides(said: ModelFact, known: ModelFact): Sides[] {
  const names = new Set([...said.slots, ...known.slots].map(({ slot }) => slot))
  return [
    sides('name', said.name, known.name),
    ...[...names].map((name) => sides(`slot ${name}`, slotText(said, name), slotText(known, name))),
    timeSides('producedFrom', said.producedFromMs, known.producedFromMs),
    timeSides('producedUntil', said.producedUntilMs, known.producedUntilMs),
  ]
}

function slotText({ slots }: ModelFact, name: string): string {
  const found: SlotFact | undefined = slots.find(({ slot }) => slot === name)
  return found === undefined ? 'none' : `${found.type}${found.required ? '' : ', optional'}`
}
