// The device authority by hand: `npm run authority -- init …`.
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { readConfig } from '../config.ts'
import { initAuthority } from './folder.ts'

const usage = `Usage:
  npm run authority -- init --host HOST [--host HOST …] [--dir DIR]
      makes the authority's key and certificate and the broker's, as far as they are missing
DIR is DEVICE_AUTHORITY_DIR unless given.`

const request = z.discriminatedUnion('verb', [
  z.strictObject({
    verb: z.literal('init'),
    dir: z.string().optional(),
    host: z.tuple([z.string()], z.string()),
  }),
])

async function obey(asked: z.output<typeof request>): Promise<string> {
  const dir = asked.dir ?? readConfig(['DEVICE_AUTHORITY_DIR']).DEVICE_AUTHORITY_DIR
  await initAuthority({ dir, hosts: asked.host })
  return `the device authority is in ${dir}`
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { dir: { type: 'string' }, host: { type: 'string', multiple: true } },
  })
  const parsed = request.safeParse({ verb: positionals[0], ...values })
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`${faults.join('\n')}\n\n${usage}`)
  }
  process.stdout.write(`${await obey(parsed.data)}\n`)
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
