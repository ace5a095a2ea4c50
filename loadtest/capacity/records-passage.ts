// What the page on capacity says of the records: how they were made, and what a second process of a stage costs. Pure.
import type { Records } from './measured.ts'
import { type MeasuredStage, measuredStages, type ScaleRecord, secondsOf } from './scale-record.ts'

export function recordsPassage({ long, short }: Records): string {
  return [
    'The records were made with',
    ...[long, short].map(({ command }) => `    ${command}`),
    `${origin(long)}; ${origin(short)}.`,
    table([
      ['stage', 'samples a track', 'samples/s, one process', 'two', 'CPU a sample, one process', 'two'],
      ...[long, short].flatMap(rowsOf),
    ]),
    ratios([long, short]),
  ].join('\n\n')
}

function origin({ measuredAt, machine }: ScaleRecord): string {
  const { cpuModel, cores, memoryGiB, node } = machine
  return `${measuredAt.slice(0, 10)} on ${cores} cores (${cpuModel}), ${memoryGiB} GiB, Node ${node}`
}

function rowsOf(record: ScaleRecord): string[][] {
  return measuredStages.map((stage) => {
    const [one, two] = [secondsOf(record, stage, 1), secondsOf(record, stage, 2)]
    return [
      stage,
      String(record.figures.samplesPerTrack),
      ...[one, two].map(({ busy }) => Math.round(1e6 / busy).toLocaleString('en')),
      // Seconds a million samples are microseconds a sample.
      ...[one, two].map(({ cpu }) => `${cpu.toFixed(2)} µs`),
    ]
  })
}

function ratios(records: readonly ScaleRecord[]): string {
  const ratio = (record: ScaleRecord, stage: MeasuredStage) =>
    secondsOf(record, stage, 2).cpu / secondsOf(record, stage, 1).cpu
  const all = records.flatMap((record) =>
    measuredStages.map((stage) => ({
      ratio: ratio(record, stage),
      words: `${stage}, tracks of ${record.figures.samplesPerTrack}`,
    })),
  )
  const [least, most] = [
    all.toSorted((a, b) => a.ratio - b.ratio)[0],
    all.toSorted((a, b) => b.ratio - a.ratio)[0],
  ]
  const told = (each: typeof least) => `${each?.ratio.toFixed(2)} times (${each?.words})`
  return `With two processes, a sample took from ${told(least)} to ${told(most)} the CPU that it took with one.`
}

/** Markdown, its columns as wide as they must be. */
function table([head = [], ...rows]: readonly string[][]): string {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
