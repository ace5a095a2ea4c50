// The platform's own key, which seals statements of partners that speak through the API: made at random once, kept in the data
// folder, readable by its owner only.
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Env } from './engines/engine.ts'
import { type OnProgress, step } from './progress.ts'
import { run } from './run.ts'
import { repositoryDir } from './settings.ts'

const timeoutMs = 30_000

/** Path of the private key; the public one is beside it. */
export const openSealKey = (dataDir: string): string => {
  const file = join(dataDir, 'seal-key.pem')
  if (existsSync(file)) return file
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  writeFileSync(`${file}.pub`, publicKey.export({ format: 'pem', type: 'spki' }))
  writeFileSync(file, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' })
  return file
}

type Registration = { env: Env; onProgress: OnProgress; signal?: AbortSignal | undefined }

/** As an operator does it. Again, it changes nothing. */
export const registerSealKey = async ({ env, onProgress, signal }: Registration): Promise<void> => {
  const command = join(repositoryDir, 'core/fleet/partners/command.ts')
  await step(onProgress, 'registering the key that seals statements', () =>
    run({
      command: process.execPath,
      args: [command, 'add-key', 'platform', '--key', `${env.STATEMENT_SEAL_KEY_FILE}.pub`],
      env: { ...process.env, ...env },
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
    }),
  )
}
