// What came of a fuzz run, and how to repeat what failed. Pure.
import { formatTable } from '../../testkit/table.ts'
import type { MemoryUse } from './memory.ts'
import type { Tally } from './tally.ts'

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
/** Of the uploads that the contract demands to accept; below it the other checks have met too little. */
const leastAccepted = 0.95
/** Of all cases. */
const mostBusy = 0.01
/** Of the bombs; the others were put off, since each holds much. */
const leastBombsRefused = 0.5
/** Runs of so many cases have some of each kind, whatever the seed. */
const casesOfAllKinds = 10_000
/** A twentieth of what is planned, as the machine may be busy. */
const memorySamplesPerSecond = 0.2

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
      ...evidenceMissing(run),
      ...(rawTracks >= acceptedTracks
        ? []
        : [`${acceptedTracks} tracks were accepted, ${rawTracks} are in telemetry.raw`]),
      ...(memory.peakMiB <= peakBoundMiB ? [] : [`the edge took ${memory.peakMiB} MiB`]),
      ...(memory.growthMiB <= growthBoundMiB ? [] : [`the edge's memory grew by ${memory.growthMiB} MiB`]),
    ],
  }
}

/** What a run must have met to mean anything, in words where it has not. */
function evidenceMissing({ cases, seconds, byName, sound, busy, bombsRefused, memory }: FuzzRun): string[] {
  const { bomb: bombs = 0 } = byName
  const missing: string[] = []
  if (sound.accepted < leastAccepted * sound.cases) {
    missing.push(`only ${sound.accepted} of ${sound.cases} sound uploads were accepted`)
  }
  if (busy > mostBusy * cases) missing.push(`${busy} of ${cases} cases were put off with 503`)
  if (bombsRefused < leastBombsRefused * bombs) {
    missing.push(`only ${bombsRefused} of ${bombs} bombs were refused`)
  }
  if (cases >= casesOfAllKinds && (sound.cases === 0 || bombs === 0)) {
    missing.push(`${sound.cases} sound uploads and ${bombs} bombs among ${cases} cases`)
  }
  if (memory.samples < Math.max(1, memorySamplesPerSecond * seconds)) {
    missing.push(
      `the edge's memory was looked at ${memory.samples} times in ${seconds.toFixed(0)} s (it takes Linux)`,
    )
  }
  return missing
}

export function formatReport(report: FuzzReport): string {
  const { seed, cases, seconds, byName, statuses, acceptedTracks, rawTracks, memory, failures } = report
  const { sound, bombsRefused } = report
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
    `${sound.accepted} of ${sound.cases} sound uploads accepted, ${bombsRefused} of ${byName.bomb ?? 0} bombs refused, memory looked at ${memory.samples} times`,
    `${acceptedTracks} tracks accepted, ${rawTracks} in telemetry.raw`,
    `seed ${seed}, ${cases} cases, ${perSecond} a second: ${failures.length} failures`,
    failures.map((failure) => `  ${failure}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
