// `npm run terraform -- check`: format, validity and tests of every folder with the committed lock, and checkov over all of them.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { print } from '../../core/runtime/command-line/run-command.ts'
import { type OnProgress, step, toStderr } from '../local/progress.ts'
import { pythonWith } from '../local/python.ts'
import { run } from '../local/run.ts'
import { configurations, openTerraform, type Terraform, terraformDir } from './tool.ts'

const checkovMs = 10 * 60_000

/** Of one folder, or of all. Throws an Error that names every folder that is not as it should be. */
export async function check(only?: string): Promise<void> {
  const terraform = await openTerraform()
  const faults: string[] = []
  const attempt = async (what: string, work: () => Promise<string>) => {
    try {
      print(`${what}: ${await step(toStderr, what, work)}`)
    } catch (error) {
      faults.push(`${what}: ${error instanceof Error ? error.message : error}`)
    }
  }
  try {
    const folders = only === undefined ? configurations() : [only]
    for (const folder of folders) await attempt(folder, () => testFolder(terraform, folder))
    if (only === undefined) {
      await attempt('format', async () => {
        await terraform.in('.', ['fmt', '-check', '-diff', '-recursive'])
        return 'as terraform fmt writes it'
      })
      await attempt('checkov', () => runCheckov(toStderr))
    }
  } finally {
    await terraform.close()
  }
  if (faults.length > 0) throw new Error(faults.join('\n\n'))
}

/** `valid, 5 passed, 0 failed.` */
async function testFolder(terraform: Terraform, folder: string): Promise<string> {
  if (!existsSync(join(terraformDir, folder, 'tests'))) throw new Error('has no tests')
  await terraform.init(folder)
  await terraform.in(folder, ['validate', '-no-color'])
  const said = await terraform.in(folder, ['test', '-no-color'])
  const [, summary] = /^Success! (.*)$/m.exec(said) ?? []
  if (summary === undefined || summary.startsWith('0 passed')) throw new Error('no test ran')
  return `valid, ${summary}`
}

/** `412 passed, 0 failed, 17 skipped, each with its reason` */
async function runCheckov(onProgress: OnProgress): Promise<string> {
  const requirements = join(terraformDir, 'checkov-requirements.txt')
  const python = await pythonWith({ name: 'checkov', requirements, onProgress })
  const { stdout } = await run({
    command: python,
    args: [
      ...['-m', 'checkov.main', '--directory', terraformDir, '--framework', 'terraform', '--skip-download'],
      ...['--skip-path', 'testing'],
      ...['--quiet', '--compact', '--output', 'json', '--soft-fail'],
    ],
    env: { ...process.env, LOG_LEVEL: 'ERROR' },
    signal: AbortSignal.timeout(checkovMs),
  })
  return verdictOf(JSON.parse(stdout) as Report)
}

interface Report {
  readonly summary: { readonly passed: number; readonly failed: number; readonly skipped: number }
  readonly results: { readonly failed_checks: readonly Finding[] }
}

interface Finding {
  readonly check_id: string
  readonly check_name: string
  readonly resource: string
  readonly file_path: string
  readonly file_line_range: readonly [number, number]
}

function verdictOf({ summary, results }: Report): string {
  const found = results.failed_checks.map(
    (each) =>
      `  ${each.file_path}:${each.file_line_range[0]} ${each.resource}: ${each.check_id} ${each.check_name}`,
  )
  if (found.length > 0) throw new Error(`found\n${found.join('\n')}`)
  return `${summary.passed} passed, 0 failed, ${summary.skipped} skipped with a reason beside each`
}
