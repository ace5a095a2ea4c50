// Serial and frame numbers: how they are written down, and whether one looks like its type's.
import { luhn, mod37_36 } from 'cdigit'
import { RE2JS } from 're2js'
import { CheckDigit } from '../../../proto/gen/mobility/fleet/v1/manufacturing_pb.js'

export const longestSerialNumber = 64

/**
 * Characters that look like `-`: all that Unicode calls dashes, and those that people take for one. After NFKC, so full-width and
 * small forms are among them already.
 */
const dashes = /[\p{Dash}\u02d7\u2043\u2500\u2501\u2796\u30fc]/gu
/** Characters that nobody sees: joiners, soft hyphens, byte order marks, fillers, variation selectors, the empty Braille pattern. */
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu

/**
 * A serial or frame number in the one form by which it is stored, compared and searched: in capitals, without white space and
 * invisible characters, and with `-` for every dash. Whoever reads a number that somebody typed reads it by this.
 *
 *     ' ba–0\u200b1 ' → 'BA-01'
 */
export const normaliseSerialNumber = (text: string): string =>
  withoutSpaces(foldLookAlikes(withoutSpaces(text)))

/**
 * Any other word that is compared, such as a plant or a batch: capitals and spaces within it count, look-alikes do not.
 *
 *     'Werk\u00a0A‐1\ufeff' → 'Werk A-1'
 */
export const foldLookAlikes = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(dashes, '-')
    .replace(invisible, '')
    // A letter and its accent come together where an invisible character stood between them.
    .normalize('NFKC')
    .replace(/\s/gu, ' ')
    .trim()

/**
 * A number as the ids of statements take it: in capitals, and without spaces. The rule never changes, else statements that come
 * again would be others.
 */
export const withoutSpaces = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Cf}]+/gu, '')

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

/** A pattern's dash that is not `-` itself: numbers come with `-` in its place. */
const dashesInPattern = new RegExp(`\\\\?(?!-)${dashes.source}`, 'gu')

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
    return RE2JS.compile(pattern.replace(dashesInPattern, String.raw`\-`))
  } catch {
    return undefined
  }
}
