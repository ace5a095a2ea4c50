// `npm run observability -- write DIR` and `-- check`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
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

function read(args: string[]): () => Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { docs: { type: 'string' } },
  })
  const [command, dir, ...more] = positionals
  if (command === 'write' && dir !== undefined && values.docs !== undefined && more.length === 0) {
    const docsUrl = values.docs
    return async () => write(dir, docsUrl)
  }
  if (command === 'check' && dir === undefined) return check
  throw new Error('say `write DIR --docs URL` or `check`')
}

await runCommand({ usage, read, obey: (command) => command() })
