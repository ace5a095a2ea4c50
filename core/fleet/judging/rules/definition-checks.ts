// What can be wrong with the definition of a type or a model.
import { type BikeModelDefined, CheckDigit, type ComponentTypeDefined } from '../../../../proto/index.ts'
import { compilePattern } from '../../statements/serial-number.ts'
import { componentType, entries, type Fault, text, time, when } from './field-checks.ts'
import { timeMs } from './said.ts'

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
