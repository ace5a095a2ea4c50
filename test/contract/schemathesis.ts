// Schemathesis reads an OpenAPI document and calls what it describes: with all that fits the document, and with what does not.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OnProgress } from '../../infra/local/index.ts'
import { pythonWith } from '../../infra/local/python.ts'
import { run } from '../../infra/local/run.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const requirements = join(here, 'requirements.txt')
/** Ends with 0 whatever was found: the report tells. */
const program = `
from schemathesis.cli import schemathesis
try:
    schemathesis()
except SystemExit:
    pass
`

const longestMs = 600_000

export interface SchemathesisRun {
  /** Path of the Python that has schemathesis. */
  readonly python: string
  readonly url: string
  /** What the document at `url` describes: `GET /v1/fleet/search`. */
  readonly operations: readonly string[]
  /** For reports. */
  readonly dir: string
  /** What schemathesis.toml and hooks.py ask for. */
  readonly variables: Readonly<Record<string, string>>
}

export interface Verdict {
  readonly agrees: boolean
  /** For people. */
  readonly summary: string
}

interface Report {
  readonly exit_code: number
  readonly running_time: number
  readonly test_cases: { readonly generated: number; readonly unique_failures: number }
}

/** One line of the events: what was asked in a scenario, and how it was answered, by the same ids. */
interface Event {
  readonly ScenarioFinished?: {
    readonly recorder: {
      readonly cases: Readonly<
        Record<string, { readonly value: { readonly method: string; readonly path: string } }>
      >
      readonly interactions: Readonly<
        Record<string, { readonly response: { readonly status_code: number } | null }>
      >
    }
  }
}

export const installSchemathesis = (onProgress: OnProgress): Promise<string> =>
  pythonWith({ name: 'schemathesis', requirements, onProgress })

/** Agrees when no check failed, and the logic of each operation was reached. */
export async function runSchemathesis({
  python,
  url,
  operations,
  dir,
  variables,
}: SchemathesisRun): Promise<Verdict> {
  const [reportFile, eventsFile] = [join(dir, 'report.json'), join(dir, 'events.ndjson')]
  const { stdout } = await run({
    command: python,
    args: [
      ...['-c', program, '--no-color', '--config-file', join(here, 'schemathesis.toml'), 'run'],
      ...[`${url}/openapi.json`, '--checks', 'all'],
      ...['--request-timeout', '10', '--report', 'json,ndjson'],
      ...['--report-json-path', reportFile, '--report-ndjson-path', eventsFile],
    ],
    cwd: dir,
    env: { ...process.env, ...variables, SCHEMATHESIS_HOOKS: join(here, 'hooks.py') },
    signal: AbortSignal.timeout(longestMs),
  })
  const report = JSON.parse(await readFile(reportFile, 'utf8')) as Report
  const events = (await readFile(eventsFile, 'utf8')).trim().split('\n')
  const reached = reachedByOperation(events.map((line) => JSON.parse(line) as Event))
  const { exit_code: exitCode, test_cases: cases, running_time: seconds } = report
  const agrees =
    exitCode === 0 &&
    operations.every((operation) => reached.has(operation) || testedElsewhere.includes(operation))
  const lines = [
    `${cases.generated} requests, ${cases.unique_failures} failures, ${seconds.toFixed(0)} s`,
    ...operations.map((operation) => `  ${operation}: reached ${reached.get(operation) ?? 'NEVER'}`),
  ]
  return { agrees, summary: [...(agrees ? [] : [stdout]), ...lines].join('\n') }
}

/**
 * A code or an offer counts once, so requests made up at random may come too late, a stream of a bike has no end, and nobody touches
 * a researcher's key; the tests of core/api have them.
 */
const testedElsewhere = [
  'POST /v1/riders/me/claims',
  'DELETE /v1/riders/me/bikes/{id}/offers/{offerId}',
  'GET /v1/bikes/{id}/live',
  'POST /v1/research/access/token',
  'GET /v1/research/access/me',
  'DELETE /v1/research/access/me/sessions/{sessionId}',
  'DELETE /v1/research/access/me/keys/{keyId}',
]

/** How often the logic behind 404 answered: `{'GET /v1/fleet/search' → 12, 'GET /v1/fleet/bikes/{id}' → 3}`. */
function reachedByOperation(events: readonly Event[]): Map<string, number> {
  const reached = new Map<string, number>()
  for (const { ScenarioFinished: scenario } of events) {
    for (const [id, { value }] of Object.entries(scenario?.recorder.cases ?? {})) {
      const operation = `${value.method} ${value.path}`
      const status = scenario?.recorder.interactions[id]?.response?.status_code ?? 0
      if (isBehind404(status)) reached.set(operation, (reached.get(operation) ?? 0) + 1)
    }
  }
  return reached
}

/** It was done, has not changed, or cannot be done with what is there. */
function isBehind404(status: number): boolean {
  return (status >= 200 && status < 300) || [304, 409, 412, 422].includes(status)
}
