// The table of a run of attacks. Pure.
import { formatTable } from '../../testkit/table.ts'
import type { AttackResult } from './run.ts'

const words = { holds: 'holds', falls: 'FALLS', error: 'ERROR' } as const

export function formatResults(results: readonly AttackResult[]): string {
  const rows = results.map(({ name, found, outcome }) => [name, words[outcome], found])
  const told = results.flatMap(({ name, outcome, how }) =>
    how === undefined ? [] : [`${name} ${words[outcome]}: ${how}`],
  )
  const held = results.filter(({ outcome }) => outcome === 'holds').length
  const sum = `${held} of ${results.length} attacks: the platform holds`
  return [formatTable(['attack', '', 'what was found'], rows), ...told, sum].join('\n\n')
}

/** An attack that went wrong shows nothing, so it counts as one that fell. */
export function allHold(results: readonly AttackResult[]): boolean {
  return results.length > 0 && results.every(({ outcome }) => outcome === 'holds')
}
