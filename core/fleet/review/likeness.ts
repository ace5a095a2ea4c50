// How likely one number was meant where another was written, and the numbers that come into question.
import { distance } from 'fastest-levenshtein'
import type { SaidComponent } from '../statements/said.ts'
import type { SuggestionGround } from './port.ts'

/** More changed characters make another number, not a mistyped one. */
const largestDistance = 3

/** Characters that people take for one another, when they read them or hear them. */
const readAs = { O: '0', Q: '0', D: '0', I: '1', L: '1', Z: '2', S: '5', G: '6', B: '8' } as Record<
  string,
  string
>

/** 0 for another number, 1 for the same; two numbers that look the same count almost as the same. */
export function likeness(written: string, meant: string): number {
  if (written === meant) return 1
  const looks = shapeOf(written) === shapeOf(meant) ? 1 : Number.POSITIVE_INFINITY
  const changes = Math.min(looks, isExchange(written, meant) ? 1 : distance(written, meant))
  return changes > largestDistance ? 0 : 1 - changes / (largestDistance + 1)
}

function shapeOf(number: string): string {
  return number.replace(/[A-Z]/g, (letter) => readAs[letter] ?? letter)
}

/** Two characters side by side changed places. */
function isExchange(written: string, meant: string): boolean {
  if (written.length !== meant.length) return false
  const at = [...written].findIndex((character, index) => character !== meant[index])
  const exchanged = `${meant.slice(0, at)}${meant[at + 1]}${meant[at]}${meant.slice(at + 2)}`
  return written === exchanged
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-'

/**
 * All numbers at an edit distance of one: a character wrong, missing or too many, or two neighbours exchanged. They are some 75
 * for each character, and are looked up by an index, however many numbers are known.
 *
 *     'BA1' → ['A1', 'AB1', '0BA1', '0A1', …]
 */
export function editDistanceVariants(number: string): string[] {
  const variants = new Set<string>()
  for (let at = 0; at <= number.length; at++) {
    const [before, after] = [number.slice(0, at), number.slice(at)]
    variants.add(before + after.slice(1))
    variants.add(before + (after[1] ?? '') + (after[0] ?? '') + after.slice(2))
    for (const character of alphabet) {
      variants.add(before + character + after)
      variants.add(before + character + after.slice(1))
    }
  }
  variants.delete(number)
  return [...variants]
}

export interface Evidence {
  /** 0 to 1. */
  readonly score: number
  /** For people. */
  readonly because: string
}

/** Weights of the kinds of evidence, together 1. A report of the bike weighs as much as a number that looks alike. */
const weights = { likeness: 0.45, reported: 0.45, neighbour: 0.1 } as const

/**
 * Undefined where the numbers have nothing in common and the bike does not report the other one.
 *
 *     said BA1, meant BA7, which the bike reports → {score: 0.79, because: 'BA7 looks like BA1; the bike itself reports BA7'}
 */
export function evidenceFor(
  { role, slot, name }: SaidComponent,
  serialNumber: string,
  ground: SuggestionGround,
): Evidence | undefined {
  const alike = likeness(name.serialNumber, serialNumber)
  // The bike does not carry a removed part any more.
  const isReported =
    role !== 'removed' &&
    ground.reported.some(
      (each) =>
        each.serialNumber === serialNumber && each.type === name.type && (slot === '' || each.slot === slot),
    )
  if (alike === 1 || (alike === 0 && !isReported)) return undefined
  const isNeighbour = ground.neighbours.some((each) => each.serialNumber === serialNumber)
  const score =
    weights.likeness * alike + (isReported ? weights.reported : 0) + (isNeighbour ? weights.neighbour : 0)
  const reasons = [
    ...(alike > 0 ? [`${serialNumber} looks like ${name.serialNumber}`] : []),
    ...(isReported ? [`the bike itself reports ${serialNumber}`] : []),
    ...(isNeighbour ? ['it was produced next to it'] : []),
  ]
  return { score, because: reasons.join('; ') }
}

/** Numbers of the type that bikes report in the slot, the newest first. */
export function reportedNumbers(
  { role, slot, name }: SaidComponent,
  ground: SuggestionGround,
): readonly string[] {
  if (role === 'removed') return []
  return ground.reported
    .filter((each) => each.type === name.type && (slot === '' || each.slot === slot))
    .toSorted((a, b) => b.reportedAtMs - a.reportedAtMs)
    .map(({ serialNumber }) => serialNumber)
}
