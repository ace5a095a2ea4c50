// Serial and frame numbers: how they are written down, and whether one looks like its type's.
import { luhn, mod37_36 } from 'cdigit'
import { RE2JS } from 're2js'
import { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'

export const longestSerialNumber = 64

/** Undoes what people and spreadsheets add: spaces, small letters, full-width digits, invisible characters. ` ba 1` → `BA1`. */
export function normaliseSerialNumber(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Cf}]+/gu, '')
}

/** How the numbers of a type look. */
export interface SerialForm {
  readonly serialPattern: string
  readonly checkDigit: CheckDigit
}

export type SerialFault = 'serial_format' | 'check_digit'

/** The first fault of a normalised number; undefined when it has none. */
export function serialFault(
  { serialPattern, checkDigit }: SerialForm,
  serialNumber: string,
): SerialFault | undefined {
  if (serialNumber.length > longestSerialNumber) return 'serial_format'
  if (!compilePattern(serialPattern)?.matches(serialNumber)) return 'serial_format'
  return hasValidCheckDigit(checkDigit, serialNumber) ? undefined : 'check_digit'
}

/** Separators such as `-` do not count. A number without digits or letters has no valid check digit. */
export function hasValidCheckDigit(checkDigit: CheckDigit, serialNumber: string): boolean {
  const characters = serialNumber.replace(/[^0-9A-Z]/g, '')
  if (checkDigit === CheckDigit.LUHN) return /\d$/.test(characters) && luhn.validate(asDigits(characters))
  if (checkDigit === CheckDigit.MOD_37_36) return characters.length > 1 && mod37_36.validate(characters)
  return true
}

/** The number with the check digit that makes it valid at its end; undefined where the type has none. */
export function withCheckDigit(checkDigit: CheckDigit, body: string): string | undefined {
  const characters = body.replace(/[^0-9A-Z]/g, '')
  if (checkDigit === CheckDigit.LUHN) return body + luhn.compute(asDigits(characters))
  if (checkDigit === CheckDigit.MOD_37_36) return body + mod37_36.compute(characters)
  return undefined
}

/** Letters count 10 to 35, as two digits. A zero in front keeps a single digit from being no number at all. */
function asDigits(characters: string): string {
  return `0${characters.replace(/[A-Z]/g, (letter) => String(Number.parseInt(letter, 36)))}`
}

const compiled = new Map<string, RE2JS | undefined>()
const patternsKept = 1_000

/** Patterns come from outside, so they run in linear time (RE2); undefined where one is none. */
export function compilePattern(pattern: string): RE2JS | undefined {
  if (!compiled.has(pattern)) {
    if (compiled.size >= patternsKept) compiled.clear()
    compiled.set(pattern, tryToCompile(pattern))
  }
  return compiled.get(pattern)
}

function tryToCompile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern)
  } catch {
    return undefined
  }
}
