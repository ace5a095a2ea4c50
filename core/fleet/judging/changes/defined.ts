// What a statement defines: a type of component, a model of bike.
import type { BikeModelDefined, ComponentTypeDefined, ManufacturingEvent } from '../../../../proto/index.ts'
import type { ComponentTypeFact, ModelFact } from '../facts.ts'
import { timeMs } from '../rules/said.ts'

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
