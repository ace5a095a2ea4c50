// Checks of fields, whatever statement they are in, and of definitions.
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type {
  ComponentReference,
  FittedPart,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import {
  type BikeModelDefined,
  CheckDigit,
  type ComponentTypeDefined,
} from '../../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'
import { timeMs } from '../../statements/said.ts'
import { compilePattern, longestSerialNumber } from '../../statements/serial-number.ts'

/** A field by its path in the JSON mapping, and what is wrong with it. */
export type Fault = readonly [field: string, fault: string]

export const longestText = 256
const typePattern = /^[a-z][a-z0-9_]{0,63}$/
/** The range of a Timestamp. */
const earliestMs = Date.parse('0001-01-01T00:00:00Z')
const latestMs = Date.UTC(9999, 11, 31)

export function when(isFault: boolean, field: string, fault: string): Fault[] {
  return isFault ? [[field, fault]] : []
}

export function text(field: string, value: string, longest = longestText): Fault[] {
  if (value === '') return [[field, 'is missing']]
  return when(value.length > longest, field, `has ${value.length} characters, at most ${longest}`)
}

/** No bike has more parts, and no model more slots. */
const mostEntries = 64

/** Faults of the entries of a list; a list that is too long is one fault. */
export function entries<V>(
  field: string,
  all: readonly V[],
  faults: (field: string, value: V, index: number) => Fault[],
): Fault[] {
  if (all.length > mostEntries) return [[field, `has ${all.length} entries, at most ${mostEntries}`]]
  return all.flatMap((value, index) => faults(`${field}[${index}]`, value, index))
}

/** Texts that may be empty, but not too long. */
export function optionalTexts<Name extends string>(
  values: Readonly<Record<Name, string>>,
  names: readonly Name[],
) {
  return names.filter((name) => values[name] !== '').flatMap((name) => text(name, values[name]))
}

export const serial = (field: string, value: string) => text(field, value, longestSerialNumber)

/** Types begin subjects such as `battery:BA1`, where some words mean other things. */
export function componentType(field: string, value: string): Fault[] {
  if (value === '') return [[field, 'is missing']]
  const isType = typePattern.test(value) && !['frame', 'bike', 'model', 'type'].includes(value)
  return when(!isType, field, 'is no type of component: a word in small letters')
}

export function time(field: string, value: Timestamp | undefined): Fault[] {
  if (value === undefined) return [[field, 'is missing']]
  if (value.nanos < 0 || value.nanos >= 1e9)
    return [[field, `has ${value.nanos} nanos, which is no part of a second`]]
  const ms = timeMs(value)
  return when(!(ms >= earliestMs && ms < latestMs), field, 'is no time of this era')
}

export function component(field: string, value: ComponentReference | undefined): Fault[] {
  if (value === undefined) return [[field, 'is missing']]
  return [
    ...componentType(`${field}.type`, value.type),
    ...serial(`${field}.serialNumber`, value.serialNumber),
  ]
}

export function fittedPart(field: string, part: FittedPart | undefined): Fault[] {
  if (part === undefined) return [[field, 'is missing']]
  return [...text(`${field}.slot`, part.slot), ...component(`${field}.component`, part.component)]
}

const longestPattern = 256

export function serialForm({
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

export function faultCodes({ firstFaultCode, lastFaultCode }: ComponentTypeDefined): Fault[] {
  const largest = 2 ** 31 - 2
  if (lastFaultCode > largest) return [['lastFaultCode', `is beyond ${largest}`]]
  return when(
    lastFaultCode !== 0 && firstFaultCode > lastFaultCode,
    'lastFaultCode',
    'comes before the first',
  )
}

export function production({ producedFrom, producedUntil }: BikeModelDefined): Fault[] {
  const faults = [
    ...time('producedFrom', producedFrom),
    ...(producedUntil === undefined ? [] : time('producedUntil', producedUntil)),
  ]
  const isReversed = timeMs(producedUntil) <= timeMs(producedFrom)
  return [...faults, ...when(isReversed, 'producedUntil', 'is not after the beginning of production')]
}

export function slots({ slots: all }: BikeModelDefined): Fault[] {
  return entries('slots', all, (field, { slot, type }, index) => [
    ...text(`${field}.slot`, slot),
    ...componentType(`${field}.type`, type),
    ...when(all.findIndex((other) => other.slot === slot) < index, `${field}.slot`, 'is there twice'),
  ])
}
