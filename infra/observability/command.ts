// `npm run observability -- write DIR` and `-- check`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { toStderr } from '../local/progress.ts'
import { checkRules } from './check-rules.ts'
import { grafanaDashboard, views } from './dashboards.ts'
import { findPrometheus } from './prometheus.ts'
import { prometheusRules } from './rules.ts'

const usage = `\
Usage:
  npm run observability -- write DIR --docs URL   rules for Prometheus and dashboards for Grafana, as files in DIR; alarms link to
                                                  docs/operations.md below URL, where people read the repository
  npm run observability -- check                  promtool reads the rules, and lets each alarm fire and stay silent`

function write(dir: string, docsUrl: string): void {
  mkdirSync(dir, { recursive: true })
  const files = {
    'rules.json': prometheusRules(docsUrl),
    ...Object.fromEntries(views.map((view) => [`${view.uid}.json`, grafanaDashboard(view)])),
  }
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(dir, name), `${JSON.stringify(content, null, 2)}\n`)
    print(join(dir, name))
  }
}

async function check(): Promise<void> {
  const { promtool } = await findPrometheus(toStderr)
  const dir = mkdtempSync(join(tmpdir(), 'rules-'))
  try {
    print(await checkRules(promtool, dir))
  } finally {
    rmSync(dir, { recursive: true })
  }
}

const form = {
  options: { docs: { type: 'string' } },
  positionals: ['verb', 'dir'],
  request: z.discriminatedUnion('verb', [
    z.strictObject({ verb: z.literal('write'), dir: z.string(), docs: z.string() }),
    z.strictObject({ verb: z.literal('check') }),
  ]),
} as const

await runCommand({
  usage,
  read: (args) => readRequest(form, args),
  obey: async (asked) => (asked.verb === 'check' ? check() : write(asked.dir, asked.docs)),
})
