// What a statement that is believed changes, given what is known; nothing where it tells nothing new.
import type { ManufacturingEvent } from '../../../../proto/index.ts'
import type { FleetFacts } from '../facts.ts'
import { finding } from '../findings.ts'
import type { Derived } from './changes.ts'
import { definedModel, definedType } from './defined.ts'
import { bikeDelivered, bikeProduced, bikeSold } from './of-bikes.ts'
import {
  componentInstalled,
  componentProduced,
  componentRecycled,
  componentRemanufactured,
  componentRemoved,
  componentSwapped,
} from './of-components.ts'

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
      return bikeSold(statement, event.value, facts)
    default:
      return { impossible: [finding('unreadable', '', { detail: 'the statement says nothing' })] }
  }
}
