// How likely one number was meant where another was written.
import { distance } from 'fastest-levenshtein'

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
  const slips = Math.min(looks, isExchange(written, meant) ? 1 : distance(written, meant))
  return slips > largestDistance ? 0 : 1 - slips / (largestDistance + 1)
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
