// npm run fuzz [-- --cases N] [--seed S] [--case N] [--report FILE]: damaged and generated requests against a running edge and
// the codec. Ends with 0 only if the edge has stood all of them.
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { defaultDataDir, startEngines, toStderr } from '../../infra/local/index.ts'
import { interruption } from '../../testkit/interruption.ts'
import { formatReport } from './report.ts'
import { runFuzz } from './run.ts'

const usage = `\
npm run fuzz [-- OPTIONS]

Sends requests that are damaged in every way we know to an edge of its own, on Kafka of the environment or of its own. No
crash, no 5xx but 503 with Retry-After, bounded memory; each answer is the one that the codec demands; what was accepted
can be read.

  --cases N       how many (default 20000; a long run: 1000000, some minutes)
  --seed S        another seed gives other cases (default 1)
  --case N        only the case of this number
  --report FILE   the report as JSON (default .bench/fuzz.json)

Exit code 0: all of it held. 1: not so, and each case that failed is named. 2: arguments that make no sense.`

const count = z.coerce.number().int().min(0)
const request = z.strictObject({
  cases: count.min(1).max(100_000_000).default(20_000),
  seed: z.coerce.number().int().default(1),
  case: count.optional(),
  report: z.string().min(1).default('.bench/fuzz.json'),
})

const text = { type: 'string' } as const
const form = {
  options: { cases: text, seed: text, case: text, report: text },
  positionals: ['verb'] as const,
  request,
}

async function obey({ cases, seed, case: only, report: file }: z.output<typeof request>): Promise<void> {
  const signal = interruption()
  const engines = await startEngines({
    engines: ['kafka'],
    dataDir: join(defaultDataDir(), 'fuzz'),
    temporary: true,
    onProgress: toStderr,
    signal,
  })
  try {
    const report = await runFuzz({
      brokers: (engines.env.KAFKA_BROKERS ?? '').split(','),
      namespace: `fuzz_${randomBytes(4).toString('hex')}`,
      seed,
      first: only ?? 0,
      cases: only === undefined ? cases : 1,
      onProgress: toStderr,
      signal,
    })
    await mkdir(dirname(resolve(file)), { recursive: true })
    await writeFile(resolve(file), `${JSON.stringify(report, null, 2)}\n`)
    print(`\n${formatReport(report)}\n\nrecord: ${resolve(file)}`)
    if (report.failures.length > 0) throw new Error('The edge has not stood it.')
  } finally {
    await engines.stop()
  }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
