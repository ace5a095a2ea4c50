// promtool reads the rules, and plays the cases of each alarm.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../local/run.ts'
import { prometheusRules, promtoolTests } from './rules.ts'

const rulesFile = 'rules.json'
const casesFile = 'cases.json'

/** What promtool says of them; rejects with it where a rule is none, or an alarm fires or stays silent against its case. `dir` is empty. */
export async function checkRules(promtool: string, dir: string): Promise<string> {
  writeFileSync(join(dir, rulesFile), JSON.stringify(prometheusRules('https://example.invalid')))
  writeFileSync(join(dir, casesFile), JSON.stringify(promtoolTests(rulesFile)))
  const ask = async (...args: string[]) =>
    (await run({ command: promtool, args, cwd: dir, signal: AbortSignal.timeout(300_000) })).stdout
  return (await ask('check', 'rules', rulesFile)) + (await ask('test', 'rules', casesFile))
}
