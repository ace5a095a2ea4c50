// How likely one number was meant where another was written.
import { distance } from 'fastest-levenshtein'
import type { SaidComponent } from '../statements/said.ts'
import type { SuggestionGround } from './port.ts'

/** More changed characters make another number, not a slip of the pen. */
export const largestDistance = 3

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

// All numbers that are one slip of the pen away from a number: to be looked up by their index, however many are known.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-'

/** One character wrong, missing, too many, or two side by side exchanged; some 75 numbers for each character. */
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

// How much speaks for another number than the one that was said, and what.

export interface Evidence {
  /** 0 to 1. */
  readonly score: number
  /** For people. */
  readonly because: string
}

/** What kinds of evidence weigh, together 1. A bike that names a part itself is as good as a number that looks alike. */
const weights = { likeness: 0.45, reported: 0.45, neighbour: 0.1 } as const

/** Undefined where the numbers have nothing in common and no bike reports the other one. */
export function evidenceFor(
  { role, slot, name }: SaidComponent,
  serialNumber: string,
  ground: SuggestionGround,
): Evidence | undefined {
  const alike = likeness(name.serialNumber, serialNumber)
  // What was removed is not what the bike carries now.
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
