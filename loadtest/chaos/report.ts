// What came of a chaos run: the faults with their recovery times, the proofs, and both as tables. Pure.
import { formatTable } from '../../testkit/table.ts'
import type { Accounts } from './accounts.ts'
import { type Comparison, isExact } from './comparison.ts'
import type { Fault } from './faults.ts'
import type { Healing } from './healing.ts'
import { formatRecovery, type Recovery, summariseRecovery } from './recovery.ts'

export interface FaultResult extends Fault {
  readonly atSeconds: number
  readonly healing: Healing
}

export interface ChaosRun {
  readonly seed: number
  readonly seconds: number
  /** So many must have been done, and one in any case. */
  readonly leastFaults: number
  readonly faults: readonly FaultResult[]
  readonly recorded: number
  /** What the edge refused for ever, in words. */
  readonly rejected: readonly string[]
  /** Services that ended by themselves. */
  readonly ended: readonly string[]
  readonly accounts: Accounts
}

interface Proof {
  readonly what: string
  readonly expected: number | string
  readonly found: number
  readonly holds: boolean
}

export interface ChaosReport extends ChaosRun {
  readonly lost: number
  readonly doubled: number
  readonly recovery: readonly Recovery[]
  readonly proofs: readonly Proof[]
  readonly holds: boolean
}

export function reportOf(run: ChaosRun): ChaosReport {
  const { stored, latest, delivered } = run.accounts
  const all = [stored, latest, delivered]
  const proofs = proofsOf(run)
  return {
    ...run,
    lost: all.reduce((sum, { lost }) => sum + lost, 0),
    doubled: all.reduce((sum, { doubled }) => sum + doubled, 0),
    recovery: summariseRecovery(run.faults),
    proofs,
    holds: all.every(isExact) && proofs.every((proof) => proof.holds),
  }
}

/** A right clock seems to be slow by what its first attempt was under way, and a phone gives an attempt up after 5 s. */
const mostOffsetMs = 5_000

function proofsOf({ recorded, leastFaults, faults, rejected, ended, accounts }: ChaosRun): Proof[] {
  const { stored, latest, delivered, everything, largestOffsetMs } = accounts
  const { booked, quarantined, imbalances, incompleteDeliveries } = accounts
  const healed = faults.filter(({ healing }) => healing.healed)
  return [
    atLeast(Math.max(1, leastFaults), 'faults done', faults.length),
    exactly(faults.length, 'faults that healed', healed.length),
    atLeast(1, 'samples recorded', recorded),
    exactly(recorded, 'samples recorded, each under its own identity', stored.recorded),
    exactly(recorded, 'samples stored, by the ledger', booked.stored),
    exactly(recorded, 'documents in Elasticsearch, of all bikes', everything.documents),
    exactly(recorded, 'samples of the analytics topic: all riders consent', delivered.found),
    atLeast(1, 'groups of the latest state recorded', latest.recorded),
    exactly(latest.recorded, 'groups of the latest state, of all bikes', everything.states),
    atMost(mostOffsetMs, 'ms that a clock was found to be wrong: all are right', largestOffsetMs),
    exactly(0, 'equations of the ledger that fail', imbalances.length),
    exactly(0, 'deliveries that lack tracks in the ledger', incompleteDeliveries),
    exactly(0, 'samples in quarantine', quarantined),
    exactly(0, 'uploads refused for ever', rejected.length),
    exactly(0, 'services that ended by themselves', ended.length),
  ]
}

function exactly(expected: number, what: string, found: number): Proof {
  return { what, expected, found, holds: found === expected }
}

function atLeast(least: number, what: string, found: number): Proof {
  return { what, expected: `at least ${least}`, found, holds: found >= least }
}

function atMost(most: number, what: string, found: number): Proof {
  return { what, expected: `at most ${most}`, found, holds: found <= most }
}

const longestCell = 80

export function formatReport(report: ChaosReport): string {
  const { stored, latest, delivered } = report.accounts
  const row = (where: string, { recorded, found, lost, doubled, changed }: Comparison) => [
    where,
    ...[recorded, found, lost, doubled, changed],
  ]
  return [
    formatTable(
      ['fault', 'of', 'at s', 'recovered in s', 'last to recover'],
      report.faults.map(({ kind, target, atSeconds, healing }) => [
        kind,
        target,
        atSeconds.toFixed(0).padStart(5),
        healing.healed ? healing.seconds.toFixed(1).padStart(6) : 'NOT',
        (healing.healed ? healing.last : healing.missing.join('; ')).slice(0, longestCell),
      ]),
    ),
    formatRecovery(report.recovery),
    formatTable(
      ['destination', 'recorded', 'found', 'lost', 'doubled', 'changed'],
      [
        row('Elasticsearch, samples', stored),
        row('PostgreSQL, groups of the latest state', latest),
        row('analytics topic, samples', delivered),
      ],
    ),
    formatTable(
      ['proof', 'expected', 'found', ''],
      report.proofs.map(({ what, expected, found, holds }) => [
        what,
        expected,
        found,
        holds ? 'ok' : 'WRONG',
      ]),
    ),
    [...report.accounts.imbalances, ...report.rejected, ...report.ended]
      .map((line) => `  ${line}`)
      .join('\n'),
    `seed ${report.seed}, ${report.faults.length} faults in ${(report.seconds / 60).toFixed(1)} minutes, ${report.recorded} samples: lost ${report.lost}, doubled ${report.doubled}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
