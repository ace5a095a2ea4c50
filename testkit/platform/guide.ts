// The commands of a page of docs/, run as they stand there.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')
const withinMs = 60_000

export type Environment = Readonly<Record<string, string>>

/** The blocks of shell commands under a heading of a page, such as `docs/devices.md`. */
export function shellBlocks(page: string, heading: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map((match) => match[1] as string)
}

export function hasTools(...names: readonly string[]): boolean {
  try {
    for (const name of names) execFileSync('which', [name], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** What it prints; rejects at the first command that fails. */
export async function runShell(script: string, env: Environment): Promise<string> {
  const options = { cwd: root, env: shellEnv(env), timeout: withinMs }
  const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], options)
  return stdout
}

export function startShell(script: string, env: Environment): ChildProcess {
  return spawn('bash', ['-c', `exec ${script}`], { cwd: root, env: shellEnv(env), stdio: 'ignore' })
}

function shellEnv(env: Environment): NodeJS.ProcessEnv {
  const bin = join(root, 'node_modules/.bin')
  return { HOME: process.env.HOME, ...env, PATH: `${bin}:${process.env.PATH}` }
}
