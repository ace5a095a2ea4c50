// Counts what came of the cases of a run.
import type { CaseName } from './cases.ts'
import type { Outcome } from './perform-case.ts'
import type { CaseFault } from './report.ts'

export interface Tally {
  readonly cases: number
  readonly byName: Partial<Record<CaseName, number>>
  /** Answers by status; `cut` where none could come, `codec only` where none was asked for. */
  readonly statuses: Readonly<Record<string, number>>
  readonly faults: readonly CaseFault[]
  /** As the edge has answered. */
  readonly acceptedTracks: number
}

export interface Counting {
  add(of: { number: number; name: CaseName; outcome: Outcome }): void
  now(): Tally
}

export function createTally(): Counting {
  const byName: Partial<Record<CaseName, number>> = {}
  const statuses: Record<string, number> = {}
  const faults: CaseFault[] = []
  let [cases, acceptedTracks] = [0, 0]
  return {
    add({ number, name, outcome }) {
      cases += 1
      acceptedTracks += outcome.acceptedTracks
      byName[name] = (byName[name] ?? 0) + 1
      for (const status of outcome.statuses) statuses[status] = (statuses[status] ?? 0) + 1
      if (outcome.fault !== undefined) faults.push({ number, name, what: outcome.fault })
    },
    now: () => ({ cases, byName, statuses, faults, acceptedTracks }),
  }
}
