// What was expected against what was found, in words. Pure.

export interface Check {
  readonly what: string
  readonly expected: string
  readonly actual: string
  readonly holds: boolean
}

/** Holds when both are written alike; objects by their entries in order of names. */
export function check(what: string, expected: unknown, actual: unknown): Check {
  const [wanted, found] = [inWords(expected), inWords(actual)]
  return { what, expected: wanted, actual: found, holds: wanted === found }
}

function inWords(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? 'none' : entries.map(([name, each]) => `${name} ${each}`).join(', ')
}
