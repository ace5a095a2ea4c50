// npm run restore-drill [-- --seconds N] [--seed S]: backups under load, PostgreSQL and Elasticsearch lost and restored, the books balanced.
// Ends with 0 only if every recorded sample is then in every store, once.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { machineFacts } from '../../bench/report.ts'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { defaultDataDir, toStderr } from '../../infra/local/index.ts'
import { interruption } from '../../testkit/interruption.ts'
import { formatDrill, holds } from './report.ts'
import { runDrill } from './run.ts'

const usage = `\
npm run restore-drill [-- OPTIONS]

Starts engines and platform of its own and lets phones and modules ride. Takes a base backup and the log of PostgreSQL and a snapshot of
Elasticsearch, kills both with their data, restores them into empty folders, sets the consumer groups back, and looks for every sample.

  --seconds N     of riding before the backups, after them, and after the loss (default 40)
  --seed S        the rides (default 1)

Exit code 0: nothing lost, nothing doubled in a store. 1: not so, or the drill failed. 2: arguments that make no sense.`

const text = { type: 'string' } as const
const form = {
  options: { seconds: text, seed: text },
  positionals: [],
  request: z.strictObject({
    seconds: z.coerce.number().int().min(10).max(3_600).default(40),
    seed: z.coerce.number().int().default(1),
  }),
} as const

async function obey({ seconds, seed }: { seconds: number; seed: number }): Promise<void> {
  const dataDir = join(defaultDataDir(), `restore-drill-${randomBytes(4).toString('hex')}`)
  const fleet = { phones: 8, modules: 4 }
  const options = { ...fleet, dataDir, seconds, seed, onProgress: toStderr, signal: interruption() }
  const result = await runDrill(options).catch((error: unknown) => {
    toStderr(`logs: ${dataDir}`)
    throw error
  })
  const { cores, cpuModel, memoryGiB, node } = machineFacts()
  print(`\n${formatDrill(result)}\n${cores} cores of ${cpuModel}, ${memoryGiB} GiB, Node ${node}`)
  if (!holds(result)) throw new Error(`The drill failed; logs: ${dataDir}`)
  await rm(dataDir, { recursive: true, force: true })
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
