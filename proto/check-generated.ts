// The gate of the schema: fails when it breaks its lint rules or a released version, or when gen/ is not its output.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = import.meta.dirname
const binary = join(here, '..', 'node_modules', '.bin', 'buf')

/** Runs buf in this folder; what it complains about, or nothing. */
function buf(...args: string[]): string {
  try {
    execFileSync(binary, args, { cwd: here, encoding: 'utf8', stdio: 'pipe', timeout: 60_000 })
    return ''
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string }
    return `${stdout}${stderr}`.trim() || message
  }
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()
}

/** The generated files that are missing, superfluous or different in gen/. */
function staleFiles(fresh: string): string[] {
  const committed = join(here, 'gen')
  const names = new Set([...filesOf(fresh), ...filesOf(committed)])
  const text = (folder: string, name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8')
    } catch {
      return undefined
    }
  }
  return [...names].filter((name) => text(fresh, name) !== text(committed, name))
}

function generatedFaults(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'proto-check-'))
  try {
    const failure = buf('generate', '--output', folder)
    if (failure) return [`buf generate failed:\n${failure}`]
    const stale = staleFiles(join(folder, 'gen'))
    return stale.length === 0
      ? []
      : [`proto/gen is not what the schema generates; run "npm run generate":\n  ${stale.join('\n  ')}`]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function breakingFaults(): string[] {
  return filesOf(join(here, 'released')).flatMap((name) => {
    const failure = buf('breaking', '--against', join('released', name))
    return failure ? [`the schema breaks its released version ${name}:\n${failure}`] : []
  })
}

const lint = buf('lint')
const faults = [...(lint ? [`buf lint:\n${lint}`] : []), ...generatedFaults(), ...breakingFaults()]
for (const fault of faults) process.stderr.write(`${fault}\n\n`)
if (faults.length === 0) process.stdout.write('proto: lint, generated code and released versions agree\n')
process.exitCode = faults.length === 0 ? 0 : 1
