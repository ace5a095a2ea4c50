// npm run load -- SCENARIO [--minutes N] [--factor F] [--date DATE] [--report FILE.html]: a scenario against the platform, then
// the books. Ends with 0 only if all of the load was sent, and every threshold, every goal and every count holds.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { machineFacts } from '../bench/report.ts'
import { readRequest } from '../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../core/runtime/command-line/run-command.ts'
import { toStderr } from '../infra/local/index.ts'
import { obtainK6 } from './k6/find-k6.ts'
import { htmlReport } from './report/html.ts'
import { formatSummary, reportOf } from './report/summary.ts'
import { runScenario } from './run/run-scenario.ts'
import { scenarioNames, scenarioOf } from './scenarios/index.ts'

const usage = `Usage: npm run load -- SCENARIO [--minutes N] [--factor F] [--date DATE] [--report FILE.html]

${scenarioNames.map((name) => `  ${name.padEnd(8)} ${scenarioOf(name).about}`).join('\n')}

  --minutes N      how long the load lasts
  --factor F       so many times the scenario's load (default 1: 5,000 samples a second are steady)
  --date DATE      which day is played (scenario day; default 2026-06-16, a Tuesday in June)
  --report FILE    default .bench/load-SCENARIO.html

Starts engines and platform of its own; with the addresses of a running platform in the environment, as
\`npm run stack -- env\` prints them, it uses that one. K6 names the k6 to use; else it is found or built.`

const form = {
  options: {
    minutes: { type: 'string' },
    factor: { type: 'string' },
    date: { type: 'string' },
    report: { type: 'string' },
  },
  positionals: ['verb'],
  request: z.strictObject({
    verb: z.enum(scenarioNames),
    minutes: z.coerce.number().min(0.1, 'at least 0.1').max(10_080, 'a week at most').optional(),
    factor: z.coerce.number().positive().max(1_000).default(1),
    date: z.iso.date().default('2026-06-16'),
    report: z.string().endsWith('.html', 'a file .html').optional(),
  }),
} as const
type Request = z.output<typeof form.request>

async function obey({ verb: name, minutes, factor, date, report }: Request): Promise<void> {
  const scenario = scenarioOf(name)
  const seconds = 60 * (minutes ?? scenario.minutes)
  const { end, signal } = interruptions()
  const k6 = await obtainK6(toStderr)
  const { cpuModel, cores, memoryGiB, node } = machineFacts()
  const machine = `${cores} cores of ${cpuModel}, ${memoryGiB} GiB, Node ${node}`
  const run = { name, machine, scenario, seconds, factor, date: new Date(date) }
  const environment = process.env
  const result = await runScenario({ ...run, k6, environment, onProgress: toStderr, end, signal })
  const loadReport = reportOf(run, result)
  const file = resolve(report ?? `.bench/load-${name}.html`)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, htmlReport(loadReport))
  print(`\n${formatSummary(loadReport)}\n\nreport: ${file}`)
  if (loadReport.checks.some(({ holds }) => !holds)) process.exitCode = 1
}

/** The first Ctrl-C ends the load and leaves the books to be checked, the second gives up. */
function interruptions(): { end: AbortSignal; signal: AbortSignal } {
  const [end, giveUp] = [new AbortController(), new AbortController()]
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const why = new Error(`interrupted by ${name}`)
      if (giveUp.signal.aborted) process.exit(1)
      if (end.signal.aborted) giveUp.abort(why)
      else toStderr(`ending the load (${name}); once more gives up`)
      end.abort(why)
    })
  }
  return { end: end.signal, signal: giveUp.signal }
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
