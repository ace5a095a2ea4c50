// What came of a fuzz run, and how to repeat what failed. Pure.
import { formatTable } from '../../infra/stage/table.ts'
import type { CaseName } from './cases.ts'
import type { MemoryUse } from './memory.ts'
import type { Tally } from './tally.ts'

export interface CaseFault {
  readonly number: number
  readonly name: CaseName
  readonly what: string
}

export interface FuzzRun extends Tally {
  readonly seed: number
  readonly seconds: number
  /** As telemetry.raw has them. */
  readonly rawTracks: number
  readonly unreadable: readonly string[]
  readonly memory: MemoryUse
  readonly crashed?: string
}

export interface FuzzReport extends FuzzRun {
  /** In words; none, if the edge has stood it. */
  readonly failures: readonly string[]
}

/** An edge under bombs levels off at some 450 MiB, of which 100 are heap in use; a leak goes on in a long run. */
const peakBoundMiB = 640
const growthBoundMiB = 128

export function reportOf(run: FuzzRun): FuzzReport {
  const { crashed, faults, unreadable, acceptedTracks, rawTracks, memory, seed } = run
  return {
    ...run,
    failures: [
      ...(crashed === undefined ? [] : [crashed]),
      ...faults.map(
        ({ number, name, what }) =>
          `case ${number} (${name}): ${what.slice(0, 500)}\n    again: npm run fuzz -- --seed ${seed} --case ${number}`,
      ),
      ...unreadable.map((detail) => `accepted, and cannot be read: ${detail}`),
      ...(rawTracks >= acceptedTracks
        ? []
        : [`${acceptedTracks} tracks were accepted, ${rawTracks} are in telemetry.raw`]),
      ...(memory.peakMiB <= peakBoundMiB ? [] : [`the edge took ${memory.peakMiB} MiB`]),
      ...(memory.growthMiB <= growthBoundMiB ? [] : [`the edge's memory grew by ${memory.growthMiB} MiB`]),
    ],
  }
}

export function formatReport(report: FuzzReport): string {
  const { seed, cases, seconds, byName, statuses, acceptedTracks, rawTracks, memory, failures } = report
  const perSecond = Math.round(cases / seconds)
  return [
    formatTable(['cases', 'count'], Object.entries(byName)),
    formatTable(['answer', 'count'], Object.entries(statuses)),
    formatTable(
      ['', 'found', 'at most'],
      [
        ['memory of the edge at its peak, MiB', memory.peakMiB, peakBoundMiB],
        ['its growth over the second half, MiB', memory.growthMiB, growthBoundMiB],
      ],
    ),
    `${acceptedTracks} tracks accepted, ${rawTracks} in telemetry.raw`,
    `seed ${seed}, ${cases} cases, ${perSecond} a second: ${failures.length} failures`,
    failures.map((failure) => `  ${failure}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
