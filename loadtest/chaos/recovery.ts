// How fast all was well again after faults of one kind: what the documentation quotes of a chaos run. Pure.
import { quantile } from '../report/measures.ts'
import { engineNames, type Fault, type FaultKind, faultKinds } from './faults.ts'
import type { Healing } from './healing.ts'

export interface Recovery {
  /** An engine, or `services` for all processes of the platform. */
  readonly of: string
  readonly kind: FaultKind
  /** How many healed; others have no recovery time. */
  readonly faults: number
  /** By the nearest rank. */
  readonly medianSeconds: number
  readonly maxSeconds: number
  /** Who suffered when it took longest, and what was waited for. */
  readonly slowest: { readonly target: string; readonly last: string }
}

const groups: readonly string[] = ['services', ...engineNames]

/** Services first, then engine by engine; only what there was. */
export function summariseRecovery(faults: readonly (Fault & { readonly healing: Healing })[]): Recovery[] {
  const healed = faults.flatMap(({ target, kind, healing }) =>
    healing.healed ? [{ target, kind, seconds: healing.seconds, last: healing.last }] : [],
  )
  return groups.flatMap((of) =>
    faultKinds.flatMap((kind) => {
      const some = healed
        .filter((fault) => groupOf(fault.target) === of && fault.kind === kind)
        .sort((a, b) => b.seconds - a.seconds)
      const slowest = some[0]
      if (slowest === undefined) return []
      const { target, last, seconds: maxSeconds } = slowest
      const medianSeconds =
        quantile(
          some.map(({ seconds }) => seconds),
          0.5,
        ) ?? maxSeconds
      return [{ of, kind, faults: some.length, medianSeconds, maxSeconds, slowest: { target, last } }]
    }),
  )
}

function groupOf(target: string): string {
  return groups.includes(target) ? target : 'services'
}

const head = ['fault', 'of', 'faults', 'median s', 'longest s', 'which', 'last to recover']

const longestCell = 80

/** As a table in Markdown. */
export function formatRecovery(recoveries: readonly Recovery[]): string {
  const rows = recoveries.map(({ of, kind, faults, medianSeconds, maxSeconds, slowest }) => [
    `\`${kind}\``,
    of,
    String(faults),
    medianSeconds.toFixed(1),
    maxSeconds.toFixed(1),
    slowest.target,
    slowest.last.replaceAll(/\s+/g, ' ').slice(0, longestCell).replaceAll('|', '\\|'),
  ])
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
