// What came of a chaos run: the faults with their recovery times, the proofs, and both as a table. Pure.
import { formatTable } from '../../infra/stage/table.ts'
import type { Accounts } from './accounts.ts'
import { type Comparison, isExact } from './comparison.ts'
import type { Fault } from './faults.ts'
import type { Healing } from './healing.ts'

export interface FaultResult extends Fault {
  readonly atSeconds: number
  readonly healing: Healing
}

export interface ChaosRun {
  readonly seed: number
  readonly seconds: number
  readonly faults: readonly FaultResult[]
  readonly recorded: number
  /** What the edge refused for ever, in words. */
  readonly rejected: readonly string[]
  /** Services that ended by themselves. */
  readonly ended: readonly string[]
  readonly accounts: Accounts
}

export interface Proof {
  readonly what: string
  readonly expected: number
  readonly found: number
}

export interface ChaosReport extends ChaosRun {
  readonly lost: number
  readonly doubled: number
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
    proofs,
    holds: all.every(isExact) && proofs.every(({ expected, found }) => expected === found),
  }
}

function proofsOf({ recorded, faults, rejected, ended, accounts }: ChaosRun): Proof[] {
  const { stored, booked, quarantined, imbalances, incompleteDeliveries } = accounts
  return [
    { what: 'samples recorded, each under its own identity', expected: recorded, found: stored.recorded },
    { what: 'samples stored, by the ledger', expected: recorded, found: booked.stored },
    { what: 'equations of the ledger that fail', expected: 0, found: imbalances.length },
    { what: 'deliveries that lack tracks in the ledger', expected: 0, found: incompleteDeliveries },
    { what: 'samples in quarantine', expected: 0, found: quarantined },
    { what: 'uploads refused for ever', expected: 0, found: rejected.length },
    { what: 'services that ended by themselves', expected: 0, found: ended.length },
    {
      what: 'faults that healed',
      expected: faults.length,
      found: faults.filter(({ healing }) => healing.healed).length,
    },
  ]
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
      report.proofs.map(({ what, expected, found }) => [
        what,
        expected,
        found,
        expected === found ? 'ok' : 'WRONG',
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
