// One run of k6: its points as they come, and how it ended.
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { withParentDeathSignal } from '../../infra/local/parent-death-guard.ts'
import { type Point, readPoint } from './points.ts'

export interface K6Options {
  readonly k6: string
  /** Holds the bundle, the plan and its files. */
  readonly folder: string
  readonly onPoint: (point: Point) => void
  /** Ends the load early; what is under way is finished. */
  readonly end: AbortSignal
  /** k6 should end by itself; beyond this it is killed. */
  readonly withinMs: number
}

export interface K6End {
  /** Somebody interrupted it, whoever that was: not all of the load was sent. */
  readonly isEarly: boolean
}

/** Exit codes of k6. */
const thresholdsFailed = 99
const interrupted = 105
const ends: readonly (number | null)[] = [0, thresholdsFailed, interrupted]

/** Resolves when k6 has ended, whatever its thresholds say; rejects when it could not do its work. */
export async function runK6({ k6, folder, onPoint, end, withinMs }: K6Options): Promise<K6End> {
  const logFile = join(folder, 'k6.log')
  const args = ['run', '--quiet', '--no-usage-report', '--no-color', '--address', '', '--out', 'json=-']
  const guarded = withParentDeathSignal({ command: k6, args: [...args, join(folder, 'main.js')] })
  const child = spawn(guarded.command, guarded.args, {
    env: { ...process.env, LOAD_FOLDER: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches us alone, and we end the load in order.
    detached: true,
  })
  const written = pipeline(child.stderr, createWriteStream(logFile))
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const point = readPoint(line)
    if (point !== undefined) onPoint(point)
  })
  const stop = () => child.kill('SIGINT')
  end.addEventListener('abort', stop)
  if (end.aborted) stop()
  const overdue = setTimeout(() => child.kill('SIGKILL'), withinMs)
  try {
    const read = new Promise((resolve) => lines.once('close', resolve))
    const [code] = await Promise.all([ended(child), read, written])
    if (!ends.includes(code)) throw new Error(`k6 ended with ${code}:\n${await lastLines(logFile)}`)
    return { isEarly: code === interrupted }
  } finally {
    child.kill('SIGKILL')
    clearTimeout(overdue)
    end.removeEventListener('abort', stop)
  }
}

function ended(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
}

async function lastLines(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim().split('\n').slice(-10).join('\n')
}
