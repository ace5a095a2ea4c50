// What a benchmark hands back, how it is printed and what the JSON record holds.
import { mkdir, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { dirname, resolve } from 'node:path'

/** This checkout. */
export const repositoryDir = resolve(import.meta.dirname, '..')

export interface BenchOptions {
  /** Folder of CSV rides to use in place of made-up ones. */
  readonly tripsDir?: string
  /** Another checkout, for `compare`. */
  readonly againstDir?: string
  /** Tells people how far the run is. */
  readonly progress: (line: string) => void
}

/** One measured thing against what it should reach. */
export interface Goal {
  readonly what: string
  readonly goal: string
  readonly measured: string
  readonly reached: boolean
}

export interface BenchResult {
  /** What was measured, with input size and settings, in one line. */
  readonly title: string
  /** The table, a record a row; all rows have the keys of the first. */
  readonly rows: readonly Readonly<Record<string, string | number>>[]
  readonly goals: readonly Goal[]
  /** Everything worth keeping, for the JSON. */
  readonly figures: Readonly<Record<string, unknown>>
  /** Keys at the top of the JSON that others read by name. */
  readonly record?: Readonly<Record<string, unknown>>
}

/** A benchmark is one file in this folder that exports `run`. */
export type Bench = (options: BenchOptions) => Promise<BenchResult>

export interface MachineFacts {
  readonly cpuModel: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
}

export function machineFacts(): MachineFacts {
  return {
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  }
}

/** The table and the goals as text. */
export function formatResult(name: string, result: BenchResult): string {
  const goals = result.goals.map(
    ({ what, goal, measured, reached }) =>
      `  ${reached ? 'reached' : 'MISSED '}  ${what}: ${measured} (goal ${goal})`,
  )
  return [`${name}: ${result.title}`, '', ...formatTable(result.rows), '', ...goals, ''].join('\n')
}

export function formatTable(rows: BenchResult['rows']): string[] {
  const names = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) => names.map((name) => formatCell(row[name] ?? '')))
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)))
  const isNumber = names.map((name) => rows.every((row) => typeof row[name] === 'number'))
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, i) => (isNumber[i] ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ')}`.trimEnd()
  return [line(names), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)]
}

function formatCell(value: string | number): string {
  if (typeof value === 'string') return value
  if (Number.isInteger(value) || Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en')
  return value.toPrecision(3)
}

/** How to run it again: the settings of the environment that benchmarks read, and the arguments. */
export function commandOf(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string {
  const settings = Object.entries(env)
    .filter(([name]) => name.startsWith('BENCH_'))
    .map(([name, value]) => `${name}=${value}`)
    .sort()
  return [...settings, 'npm run bench --', ...args].join(' ')
}

/** Writes the record of a run; people compare two of them. */
export async function writeRecord(
  file: string,
  { record, ...result }: { name: string; command: string } & BenchResult,
): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const text = { measuredAt: new Date().toISOString(), machine: machineFacts(), ...result, ...record }
  await writeFile(file, `${JSON.stringify(text, undefined, 2)}\n`)
}

/** The q-th quantile of unsorted values; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN
}
