// Accounts of the services at the engines, each its own: a file of settings for each, which provisioning reads, too.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { type ServiceRow, services } from '../../core/services.ts'
import { groupName } from '../../core/topics.ts'
import type { Env } from './engines/engine.ts'
import { openSecrets } from './secrets.ts'

type Account = {
  user: string
  /** Of this account at that engine. */
  password: (engine: string) => string
  /** The same, in a file that only its owner reads. */
  passwordFile: (engine: string) => Promise<string>
}

/** The settings that say as whom somebody comes to an engine. */
const personal: Readonly<Record<string, (account: Account, given: string) => string | Promise<string>>> = {
  KAFKA_USERNAME: ({ user }) => user,
  KAFKA_PASSWORD_FILE: ({ passwordFile }) => passwordFile('kafka'),
}

const rows: readonly ServiceRow[] = services
const holders: readonly Pick<ServiceRow, 'name' | 'settings'>[] = [
  { name: 'edge', settings: ['KAFKA_USERNAME', 'KAFKA_PASSWORD_FILE'] },
  ...rows,
]

type Writing = { env: Env; dataDir: string; namespace: string }

/** For provisioning: what the environment says, and the folder of the accounts. */
export const writeAccounts = async ({ env, dataDir, namespace }: Writing): Promise<Env> => {
  const dir = join(dataDir, 'services')
  const secrets = openSecrets(dataDir)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for (const { name, settings } of holders) {
    const password = (engine: string) => secrets(`${engine}-${name}`)
    const passwordFile = async (engine: string) => {
      const path = join(dir, `${name}.${engine}-password`)
      await writeFile(path, `${password(engine)}\n`, { mode: 0o600 })
      return path
    }
    const account = { user: groupName(namespace, name), password, passwordFile }
    const lines: string[] = []
    for (const setting of settings) {
      const [value, given] = [personal[setting], env[setting]]
      if (value !== undefined && given !== undefined)
        lines.push(`${setting}="${await value(account, given)}"\n`)
    }
    await writeFile(join(dir, `${name}.env`), lines.join(''), { mode: 0o600 })
  }
  return { ...env, SERVICE_SETTINGS_DIR: dir }
}

/** What a process is told that comes to the engines as its services alone: nothing that is the operator's. */
export const withoutOperator = async (env: Env, process: string): Promise<Env> => {
  const none = Object.fromEntries(Object.keys(personal).map((setting) => [setting, '']))
  const file = join(env.SERVICE_SETTINGS_DIR ?? '', 'edge.env')
  // Core's services read their files themselves.
  const own = process === 'edge' ? parseEnv(await readFile(file, 'utf8')) : {}
  return { ...env, ...none, ...(own as Env) }
}
