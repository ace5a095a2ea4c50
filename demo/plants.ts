// Plants, OEMs and workshops put their statements on manufacturing.events, or files where intake reads them.
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Statement } from '../simulator/manufacturing/index.ts'
import type { Environment } from '../testkit/environment.ts'
import { tellSealed, writePartnerKey } from '../testkit/tell.ts'

export async function tellStatements(
  { env, namespace }: Environment,
  statements: readonly Statement[],
): Promise<void> {
  await tellSealed({ env, namespace }, statements)
}

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

/** What `npm run intake` does with the files of a source, one after the other. */
export async function takeInFiles(
  { env, namespace }: Environment,
  { source, files, signal }: { source: string; files: readonly Uint8Array[]; signal: AbortSignal },
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'demo-intake-'))
  const mapping = join(import.meta.dirname, `${source.replace(':', '-')}.json`)
  const key = await writePartnerKey({ env, folder, partnerId: source })
  try {
    for (const [n, bytes] of files.entries()) {
      const file = join(folder, `components-${n + 1}.csv`)
      await writeFile(file, bytes)
      const command = [
        'core/fleet/intake/command.ts',
        file,
        '--source',
        source,
        '--mapping',
        mapping,
        '--key',
        key,
      ]
      const settings = { ...process.env, ...env, NAMESPACE: namespace }
      await run(process.execPath, command, { cwd: root, env: settings, signal, timeout: 60_000 })
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
