// Accounts of the services at the engines, each its own: a file of settings for each, which provisioning reads, too.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { type ServiceRow, services } from '../../core/services.ts'
import { groupName } from '../../core/topics.ts'
import { servicePassword } from './engines/elasticsearch-config.ts'
import type { Env } from './engines/engine.ts'
import { openSecrets } from './secrets.ts'

type Account = {
  name: string
  namespace: string
  /** Of this account at that engine. */
  password: (engine: string) => string
  /** The same, in a file that only its owner reads. */
  passwordFile: (engine: string) => Promise<string>
}

/** The settings that say as whom somebody comes to an engine. */
const personal: Readonly<Record<string, (account: Account, given: string) => string | Promise<string>>> = {
  KAFKA_USERNAME: ({ namespace, name }) => groupName(namespace, name),
  KAFKA_PASSWORD_FILE: ({ passwordFile }) => passwordFile('kafka'),
  DATABASE_URL: ({ namespace, name, password }, given) =>
    withLogin(given, namespace === '' ? name : `${namespace}_${name}`, password('postgres')),
  ELASTICSEARCH_USERNAME: ({ name }) => name,
  ELASTICSEARCH_PASSWORD: ({ name }, given) => servicePassword(given, name),
  AMQP_URL: ({ namespace, name, password }, given) =>
    withLogin(given, groupName(namespace, name), password('rabbitmq')),
  RABBITMQ_MANAGEMENT_URL: ({ namespace, name, password }, given) =>
    withLogin(given, `${groupName(namespace, name)}.management`, password('rabbitmq-management')),
}

const withLogin = (given: string, username: string, password: string): string =>
  Object.assign(new URL(given), { username, password }).href

/** Those of engines that run. Elasticsearch has users of services only where it has TLS. */
const personalIn = (env: Env) =>
  Object.entries(personal).flatMap(([setting, value]) => {
    const given = setting.startsWith('ELASTICSEARCH') && !env.ELASTICSEARCH_CA_FILE ? undefined : env[setting]
    return given === undefined ? [] : [{ setting, value, given }]
  })

const rows: readonly ServiceRow[] = services
const holders: readonly { name: string; settings: readonly string[] }[] = [
  { name: 'edge', settings: ['KAFKA_USERNAME', 'KAFKA_PASSWORD_FILE'] },
  { name: 'provision', settings: ['ELASTICSEARCH_USERNAME', 'ELASTICSEARCH_PASSWORD'] },
  ...['operator', 'authority', 'intake'].map((name) => ({ name, settings: ['DATABASE_URL'] })),
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
    const account = { name, namespace, password, passwordFile }
    const lines: string[] = []
    for (const { setting, value, given } of personalIn(env))
      if (settings.includes(setting)) lines.push(`${setting}="${await value(account, given)}"\n`)
    await writeFile(join(dir, `${name}.env`), lines.join(''), { mode: 0o600 })
  }
  return { ...env, SERVICE_SETTINGS_DIR: dir }
}

/** What a process is told that comes to the engines as its services alone: nothing that is the operator's. */
export const withoutOperator = async (env: Env, process: string): Promise<Env> => {
  const none = Object.fromEntries(personalIn(env).map(({ setting }) => [setting, '']))
  const file = join(env.SERVICE_SETTINGS_DIR ?? '', 'edge.env')
  // Core's services read their files themselves.
  const own = process === 'edge' ? parseEnv(await readFile(file, 'utf8')) : {}
  return { ...env, ...none, ...(own as Env) }
}
