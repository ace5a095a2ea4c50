// What a statement that is believed changes, given what is known; nothing where it tells nothing new.
import type { ManufacturingEvent } from '../../proto/index.ts'
import type { Derived } from './changes.ts'
import { bikeDelivered, bikeProduced, bikeSold } from './changes-of-bikes.ts'
import {
  componentInstalled,
  componentProduced,
  componentRecycled,
  componentRemanufactured,
  componentRemoved,
  componentSwapped,
} from './changes-of-components.ts'
import type { FleetFacts } from './facts.ts'
import { finding } from './findings.ts'
import { timeMs } from './rules/said.ts'

export function changesOf(statement: ManufacturingEvent, facts: FleetFacts): Derived {
  const { event } = statement
  switch (event.case) {
    case 'componentTypeDefined': {
      const { type, name, serialPattern, checkDigit, firstFaultCode, lastFaultCode } = event.value
      const faultCodes = lastFaultCode === 0 ? undefined : ([firstFaultCode, lastFaultCode] as const)
      return {
        changes: [{ kind: 'define_type', type: { type, name, serialPattern, checkDigit, faultCodes } }],
      }
    }
    case 'bikeModelDefined': {
      const { modelId, name, slots, producedFrom, producedUntil } = event.value
      const producedFromMs = timeMs(producedFrom)
      const producedUntilMs = producedUntil === undefined ? Number.POSITIVE_INFINITY : timeMs(producedUntil)
      const plain = slots.map(({ slot, type, required }) => ({ slot, type, required }))
      const model = { modelId, name, slots: plain, producedFromMs, producedUntilMs }
      return { changes: [{ kind: 'define_model', model }] }
    }
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
