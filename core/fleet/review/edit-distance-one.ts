// All numbers that are one slip of the pen away from a number: to be looked up by their index, however many are known.

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-'

/** One character wrong, missing, too many, or two side by side exchanged; some 75 numbers for each character. */
export function slipsOf(number: string): string[] {
  const slips = new Set<string>()
  for (let at = 0; at <= number.length; at++) {
    const [before, after] = [number.slice(0, at), number.slice(at)]
    slips.add(before + after.slice(1))
    slips.add(before + (after[1] ?? '') + (after[0] ?? '') + after.slice(2))
    for (const character of alphabet) {
      slips.add(before + character + after)
      slips.add(before + character + after.slice(1))
    }
  }
  slips.delete(number)
  return [...slips]
}
