// The report for people. Pure.
import { formatTable } from '../testkit/table.ts'
import type { ShownFinding } from './fleet-acts.ts'
import type { Inspection } from './inspect.ts'
import type { PrivacyResult } from './privacy.ts'
import { checkPrivacy } from './privacy-checks.ts'
import type { Report } from './report.ts'
import type { AskedRange } from './riders.ts'
import { type Consent, roleTitles } from './roles.ts'

const consentTitles: Readonly<Record<Consent, string>> = {
  always: 'yes',
  recent: 'since last month',
  never: 'no',
  withdrawn: 'withdrawn',
}

export function formatReport(
  report: Report,
  { rides, checks }: Inspection,
  {
    findings,
    asked,
    privacy,
  }: { findings: readonly ShownFinding[]; asked: readonly AskedRange[]; privacy: PrivacyResult },
): string {
  const { searchable, latest } = report.freshnessMs
  const memory = Object.entries(report.memoryMiB)
  return [
    formatTable(
      ['ride', 'trouble', 'consent', 'samples', 'stored', 'odometer m', 'for research', ''],
      rides.map(({ ride, stored, odometerM, delivered, faults }) => [
        ride.file,
        roleTitles[ride.role],
        consentTitles[ride.consent],
        ride.samples,
        stored,
        odometerM === undefined ? '–' : odometerM.toFixed(1).padStart(10),
        delivered,
        faults.length === 0 ? 'ok' : 'NOT AS IT SHOULD BE',
      ]),
    ),
    formatTable(
      ['found doubtful', 'because', 'end'],
      findings.map(({ reason, detail, end }) => [reason, detail, end]),
    ),
    formatTable(
      ['asked before tour', 'rests on', 'range km, P10 to P90', 'told Wh/km, P10 to P90', 'rode Wh/km'],
      asked.map(({ basis, rangeKm, whPerKm, rodeWhPerKm }, i) => [
        i + 1,
        basis,
        `${rangeKm.p10.toFixed(0)} to ${rangeKm.p90.toFixed(0)}`,
        `${whPerKm.p10.toFixed(1)} to ${whPerKm.p90.toFixed(1)}`,
        rodeWhPerKm.toFixed(1),
      ]),
    ),
    formatTable(
      ['proof', 'expected', 'found', ''],
      [...checks, ...checkPrivacy(privacy)].map(({ what, expected, actual, holds }) => [
        what,
        expected,
        actual,
        holds ? 'ok' : 'WRONG',
      ]),
    ),
    formatTable(
      ['after the edge has accepted', 'p50 ms', 'p99 ms'],
      [
        ['searchable', searchable.p50 ?? '–', searchable.p99 ?? '–'],
        ['latest state', latest.p50 ?? '–', latest.p99 ?? '–'],
      ],
    ),
    formatTable(
      ['process', 'memory, MiB'],
      [...memory, ['together', sumOf(memory)] as const].map(([name, mebibytes]) => [
        name,
        mebibytes.toFixed(0).padStart(11),
      ]),
    ),
    report.balanced
      ? 'The books balance: every sample is accounted for.'
      : ['The books do NOT balance:', ...report.failures.map((failure) => `  ${failure}`)].join('\n'),
  ].join('\n\n')
}

function sumOf(memory: readonly (readonly [string, number])[]): number {
  return memory.reduce((sum, [, mebibytes]) => sum + mebibytes, 0)
}
