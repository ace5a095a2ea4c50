// Fields that are missing or cannot be what they should be; versions and rows that cannot be read.
import { isUuid } from '../../../../proto/codec/ids.ts'
import type {
  ManufacturingEvent,
  UnreadableRow,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { type Finding, finding } from '../findings.ts'
import {
  component,
  componentType,
  entries,
  type Fault,
  faultCodes,
  fittedPart,
  longestText,
  optionalTexts,
  production,
  serial,
  serialForm,
  slots,
  text,
  time,
  when,
} from './field-checks.ts'
import type { Rule } from './rule.ts'

const knownVersion = 1
const sourcePattern = /^(plant|oem|dealer|service):\S/

export const fields: Rule = {
  reasons: ['unreadable', 'version_unknown', 'field_invalid'],
  find: fieldFindings,
}

/** They follow from the statement alone. */
export function fieldFindings(event: ManufacturingEvent): Finding[] {
  if (event.event.case === 'unreadableRow') return [unreadable(event.event.value)]
  const { version } = event
  if (version > knownVersion) {
    const detail = `envelope version ${version}, known here: ${knownVersion}`
    const unknown = finding('version_unknown', 'version', { detail })
    // A later version may say what has no name here.
    if (event.event.case === undefined) return [unknown]
    return [unknown, ...faultsOf(event).map(invalid)]
  }
  return faultsOf(event).map(invalid)
}

function invalid([field, fault]: Fault): Finding {
  return finding('field_invalid', field, { detail: `${field} ${fault}` })
}

function unreadable(row: UnreadableRow): Finding {
  const detail = `line ${row.line} of ${row.file}: ${row.faults.join('; ')}`
  return finding('unreadable', `${row.file}:${row.line}`, {
    detail,
    evidence: { text: row.text },
  })
}

function faultsOf(envelope: ManufacturingEvent): Fault[] {
  const { event, version, source, occurredAt, origin } = envelope
  const isSource = sourcePattern.test(source) && source.length <= longestText
  return [
    ...when(version === 0, 'version', 'is missing'),
    ...when(!isSource, 'source', 'is neither plant:…, oem:… nor service:…'),
    ...time('occurredAt', occurredAt),
    ...optionalTexts({ 'origin.file': origin?.file ?? '' }, ['origin.file']),
    ...when(event.case === undefined, 'event', 'is missing: the statement says nothing'),
    ...eventFaults(event).map(([field, fault]): Fault => [`${event.case}.${field}`, fault]),
  ]
}

function eventFaults({ case: kind, value }: ManufacturingEvent['event']): Fault[] {
  switch (kind) {
    case 'componentTypeDefined':
      return [
        ...(value.type === 'frame' ? [] : componentType('type', value.type)),
        ...text('name', value.name),
        ...serialForm(value),
        ...faultCodes(value),
      ]
    case 'bikeModelDefined':
      return [
        ...text('modelId', value.modelId),
        ...text('name', value.name),
        ...production(value),
        ...slots(value),
      ]
    case 'componentProduced':
      return [
        ...component('component', value.component),
        ...time('producedAt', value.producedAt),
        ...optionalTexts(value, ['hardwareRevision', 'firmwareRevision', 'batch', 'plant']),
      ]
    case 'bikeProduced':
      return [
        ...when(!isUuid(value.bikeId), 'bikeId', 'is no UUID'),
        ...serial('frameNumber', value.frameNumber),
        ...text('modelId', value.modelId),
        ...time('producedAt', value.producedAt),
        ...optionalTexts(value, ['plant', 'oem']),
        ...entries('parts', value.parts, fittedPart),
      ]
    case 'componentInstalled':
      return [...serial('frameNumber', value.frameNumber), ...fittedPart('part', value.part)]
    case 'componentRemoved':
      return [
        ...serial('frameNumber', value.frameNumber),
        ...component('component', value.component),
        ...optionalTexts(value, ['reason']),
      ]
    case 'componentSwapped':
      return [
        ...serial('frameNumber', value.frameNumber),
        ...text('slot', value.slot),
        ...component('removed', value.removed),
        ...component('installed', value.installed),
        ...optionalTexts(value, ['reason']),
      ]
    case 'componentRemanufactured':
      return [
        ...component('component', value.component),
        ...optionalTexts(value, ['hardwareRevision', 'firmwareRevision']),
      ]
    case 'componentRecycled':
      return component('component', value.component)
    case 'bikeDelivered':
      return [...serial('frameNumber', value.frameNumber), ...time('deliveredAt', value.deliveredAt)]
    case 'bikeSold':
      return [
        ...serial('frameNumber', value.frameNumber),
        ...time('soldAt', value.soldAt),
        ...when(
          ![0, 32].includes(value.claimCodeSha256.length),
          'claimCodeSha256',
          'is no SHA-256: it has 32 bytes',
        ),
      ]
    default:
      return []
  }
}
