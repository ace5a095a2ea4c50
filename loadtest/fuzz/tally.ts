// Counts what came of the cases of a run.
import type { CaseName } from './cases.ts'
import type { Outcome } from './perform-case.ts'

interface CaseFault {
  readonly number: number
  readonly name: CaseName
  readonly what: string
}

export interface Tally {
  readonly cases: number
  readonly byName: Partial<Record<CaseName, number>>
  /** Answers by status; `cut` where none could come, `codec only` where none was asked for. */
  readonly statuses: Readonly<Record<string, number>>
  readonly faults: readonly CaseFault[]
  /** As the edge has answered. */
  readonly acceptedTracks: number
  /** Uploads that the contract demands to accept, and how many of them were. */
  readonly sound: { readonly cases: number; readonly accepted: number }
  /** Those put off with 503, bombs apart: they hold much, and may be put off. */
  readonly busy: number
  /** Those that were answered with a refusal, and not put off. */
  readonly bombsRefused: number
}

export interface Counting {
  add(of: { number: number; name: CaseName; outcome: Outcome }): void
  now(): Tally
}

export function createTally(): Counting {
  const byName: Partial<Record<CaseName, number>> = {}
  const statuses: Record<string, number> = {}
  const faults: CaseFault[] = []
  let [cases, acceptedTracks, sound, accepted, busy, bombsRefused] = [0, 0, 0, 0, 0, 0]
  return {
    add({ number, name, outcome }) {
      cases += 1
      acceptedTracks += outcome.acceptedTracks
      if (outcome.isSound) sound += 1
      if (outcome.isSound && outcome.acceptedTracks > 0) accepted += 1
      if (name === 'bomb' && !outcome.isBusy && outcome.fault === undefined) bombsRefused += 1
      if (name !== 'bomb' && outcome.isBusy) busy += 1
      byName[name] = (byName[name] ?? 0) + 1
      for (const status of outcome.statuses) statuses[status] = (statuses[status] ?? 0) + 1
      if (outcome.fault !== undefined) faults.push({ number, name, what: outcome.fault })
    },
    now: () => ({
      ...{ cases, byName, statuses, faults, acceptedTracks },
      ...{ sound: { cases: sound, accepted }, busy, bombsRefused },
    }),
  }
}
