// Corrections of a statement as JSON merge patches (RFC 7396) of its JSON mapping.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf'
import type { ManufacturingEvent } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { statementJson } from '../statements/json.ts'
import type { SaidComponent } from '../statements/said.ts'

/** The statement with another serial number for one of its components. */
export function withSerialNumber(
  event: ManufacturingEvent,
  { role, name }: SaidComponent,
  serialNumber: string,
): JsonValue {
  const kind = event.event.case ?? ''
  switch (event.event.case) {
    case 'componentInstalled':
      return { [kind]: { part: { component: { serialNumber } } } }
    case 'componentSwapped':
      return { [kind]: { [role === 'removed' ? 'removed' : 'installed']: { serialNumber } } }
    case 'bikeProduced':
      return { [kind]: { parts: partsWith(event, name.serialNumber, serialNumber) } }
    default:
      return { [kind]: { component: { serialNumber } } }
  }
}

/** A bike without the part in one of its slots. */
export function withoutPart(event: ManufacturingEvent, slot: string): JsonValue {
  return { bikeProduced: { parts: partsOf(event).filter((part) => part.slot !== slot) } }
}

function partsWith(event: ManufacturingEvent, said: string, meant: string): JsonValue[] {
  return partsOf(event).map((part) => {
    const component = part.component as JsonObject | undefined
    return component?.serialNumber === said
      ? { ...part, component: { ...component, serialNumber: meant } }
      : part
  })
}

/** A merge patch replaces lists as a whole. */
function partsOf(event: ManufacturingEvent): JsonObject[] {
  const { bikeProduced } = statementJson(event) as {
    bikeProduced: { parts: JsonObject[] }
  }
  return bikeProduced.parts
}

/** The statement with another value in one of the fields of its event. */
export function withField({ event }: ManufacturingEvent, field: string, value: string): JsonValue {
  return { [event.case ?? '']: { [field]: value } }
}

/**
 * Applies a JSON merge patch (RFC 7396): named members are replaced, null takes one away, lists are replaced as a whole.
 *
 *     {a: 1, b: {c: 2}} with {a: null, b: {d: 3}} → {b: {c: 2, d: 3}}
 */
export function mergePatch(target: JsonValue, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch
  const merged = new Map(isObject(target) ? Object.entries(target) : [])
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name)
    else merged.set(name, mergePatch(merged.get(name) ?? null, value))
  }
  return Object.fromEntries(merged)
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
