// Fields that are missing or cannot be what they should be; versions and rows that cannot be read.
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import {
  type BikeModelDefined,
  CheckDigit,
  type ComponentReference,
  type ComponentTypeDefined,
  type FittedPart,
  isUuid,
  type ManufacturingEvent,
  type UnreadableRow,
} from '../../../proto/index.ts'
import { type Finding, finding } from '../findings.ts'
import { compilePattern, longestSerialNumber } from '../serial-number.ts'
import type { Rule } from './rule.ts'
import { timeMs } from './said.ts'

/** A field by its path in the JSON mapping, and what is wrong with it. */
type Fault = readonly [field: string, fault: string]

const knownVersion = 1
const longestText = 256
const longestPattern = 256
const longestEvidence = 1_000
/** What a Timestamp may be. */
const earliestMs = Date.parse('0001-01-01T00:00:00Z')
const latestMs = Date.UTC(9999, 11, 31)
const sourcePattern = /^(plant|oem|service):\S/

export const fields: Rule = {
  reasons: ['unreadable', 'version_unknown', 'field_invalid'],
  find(event) {
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
  },
}

function invalid([field, fault]: Fault): Finding {
  return finding('field_invalid', field, { detail: `${field} ${fault}` })
}

function unreadable(row: UnreadableRow): Finding {
  const detail = `line ${row.line} of ${row.file}: ${row.faults.join('; ')}`
  return finding('unreadable', `${row.file}:${row.line}`, {
    detail,
    evidence: { text: row.text.slice(0, longestEvidence) },
  })
}

function faultsOf(envelope: ManufacturingEvent): Fault[] {
  const { event, version, source, occurredAt } = envelope
  const isSource = sourcePattern.test(source) && source.length <= longestText
  return [
    ...when(version === 0, 'version', 'is missing'),
    ...when(!isSource, 'source', 'is neither plant:…, oem:… nor service:…'),
    ...time('occurredAt', occurredAt),
    ...when(event.case === undefined, 'event', 'is missing: the statement says nothing'),
    ...eventFaults(event).map(([field, fault]): Fault => [`${event.case}.${field}`, fault]),
  ]
}

function eventFaults({ case: kind, value }: ManufacturingEvent['event']): Fault[] {
  switch (kind) {
    case 'componentTypeDefined':
      return [
        ...text('type', value.type),
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
        ...value.parts.flatMap((part, index) => fittedPart(`parts[${index}]`, part)),
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
        ...text('riderId', value.riderId),
        ...time('soldAt', value.soldAt),
      ]
    default:
      return []
  }
}

function when(isFault: boolean, field: string, fault: string): Fault[] {
  return isFault ? [[field, fault]] : []
}

function text(field: string, value: string, longest = longestText): Fault[] {
  if (value === '') return [[field, 'is missing']]
  return when(value.length > longest, field, `has ${value.length} characters, at most ${longest}`)
}

/** What may be empty must not be endless either. */
function optionalTexts<Name extends string>(values: Readonly<Record<Name, string>>, names: readonly Name[]) {
  return names.filter((name) => values[name] !== '').flatMap((name) => text(name, values[name]))
}

const serial = (field: string, value: string) => text(field, value, longestSerialNumber)

function time(field: string, value: Timestamp | undefined): Fault[] {
  if (value === undefined) return [[field, 'is missing']]
  const ms = timeMs(value)
  return when(!(ms >= earliestMs && ms < latestMs), field, 'is no time of this era')
}

function component(field: string, value: ComponentReference | undefined): Fault[] {
  if (value === undefined) return [[field, 'is missing']]
  return [...text(`${field}.type`, value.type), ...serial(`${field}.serialNumber`, value.serialNumber)]
}

function fittedPart(field: string, part: FittedPart | undefined): Fault[] {
  if (part === undefined) return [[field, 'is missing']]
  return [...text(`${field}.slot`, part.slot), ...component(`${field}.component`, part.component)]
}

function serialForm({
  serialPattern,
  checkDigit,
}: {
  serialPattern: string
  checkDigit: CheckDigit
}): Fault[] {
  const tooLong = text('serialPattern', serialPattern, longestPattern)
  const none = CheckDigit[checkDigit] === undefined || checkDigit === CheckDigit.UNSPECIFIED
  return [
    ...tooLong,
    ...when(
      tooLong.length === 0 && compilePattern(serialPattern) === undefined,
      'serialPattern',
      'is no regular expression (RE2)',
    ),
    ...when(none, 'checkDigit', 'is none that is known here'),
  ]
}

function faultCodes({ firstFaultCode, lastFaultCode }: ComponentTypeDefined): Fault[] {
  const largest = 2 ** 31 - 2
  if (lastFaultCode > largest) return [['lastFaultCode', `is beyond ${largest}`]]
  return when(
    lastFaultCode !== 0 && firstFaultCode > lastFaultCode,
    'lastFaultCode',
    'comes before the first',
  )
}

function production({ producedFrom, producedUntil }: BikeModelDefined): Fault[] {
  const faults = [
    ...time('producedFrom', producedFrom),
    ...(producedUntil === undefined ? [] : time('producedUntil', producedUntil)),
  ]
  const isReversed = timeMs(producedUntil) <= timeMs(producedFrom)
  return [...faults, ...when(isReversed, 'producedUntil', 'is not after the beginning of production')]
}

function slots({ slots: all }: BikeModelDefined): Fault[] {
  return all.flatMap(({ slot, type }, index) => [
    ...text(`slots[${index}].slot`, slot),
    ...text(`slots[${index}].type`, type),
    ...when(all.findIndex((other) => other.slot === slot) < index, `slots[${index}].slot`, 'is there twice'),
  ])
}
