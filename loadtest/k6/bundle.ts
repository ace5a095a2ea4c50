// The scenarios' code and what it uses of client, simulator and proto, as the one file that k6 runs.
import { join } from 'node:path'
import { build } from 'rolldown'

const entry = join(import.meta.dirname, '../scenarios/k6/main.ts')

export async function bundleScenarios(file: string): Promise<void> {
  await build({
    input: entry,
    external: [/^k6(\/|$)/],
    logLevel: 'warn',
    output: { file, format: 'esm' },
  })
}
