// `npm run compose:prepare`: makes what the containers of one machine keep secret, once.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { readRequest } from '../../core/runtime/command-line/read-request.ts'
import { print, runCommand } from '../../core/runtime/command-line/run-command.ts'
import { enabledPlugins, rabbitMqConf } from '../local/engines/rabbitmq-config.ts'
import { run } from '../local/run.ts'
import { openSealKey } from '../local/seal-key.ts'
import { repositoryDir } from '../local/settings.ts'

const usage = `\
Usage:
  npm run compose:prepare -- --host HOST [--dir DIR]
makes passwords, keys, the device authority and the broker's configuration; bikes know the broker as HOST.
  --dir DIR   infra/compose/secrets by default; it must not exist yet`

const form = {
  options: { host: { type: 'string' }, dir: { type: 'string' } },
  positionals: [],
  request: z.strictObject({
    host: z.string(),
    dir: z.string().default(join(repositoryDir, 'infra', 'compose', 'secrets')),
  }),
} as const

const user = 'mobility'
/** In the containers; compose.yaml and Caddyfile name them, too. */
const ports = { amqp: 5672, management: 15672, mqtts: 8883 }
const gatekeeperUrl = 'http://127.0.0.1:8083'
const secret = () => randomBytes(24).toString('hex')

/** The folder is complete or absent. */
async function obey({ host, dir }: z.output<typeof form.request>): Promise<void> {
  if (existsSync(dir))
    throw new Error(`${dir} exists: nothing was changed, since the stores know its passwords`)
  const draft = `${dir}.partial`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true, mode: 0o700 })
  await fill(draft, host)
  await rename(draft, dir)
  print(
    `${dir} is made; keep a copy of it apart, and device-authority/ca-key.pem with its passphrase off this machine`,
  )
}

async function fill(dir: string, host: string): Promise<void> {
  const [postgres, elasticsearch, rabbitmq] = [secret(), secret(), secret()]
  const environment = {
    DATABASE_URL: `postgres://${user}:${postgres}@127.0.0.1:5432/mobility`,
    ELASTICSEARCH_PASSWORD: elasticsearch,
    AMQP_URL: `amqp://${user}:${rabbitmq}@127.0.0.1:${ports.amqp}`,
    RABBITMQ_MANAGEMENT_URL: `http://${user}:${rabbitmq}@127.0.0.1:${ports.management}`,
    ANALYTICS_PSEUDONYM_SECRET: secret(),
    CONSOLE_SESSION_SECRET: secret(),
  }
  const tls = {
    authority: '/run/secrets/broker-authority',
    certificate: '/run/secrets/broker-certificate',
    key: '/run/secrets/broker-key',
  }
  const files = {
    environment: Object.entries(environment)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    'tombstone-key': `${secret()}\n`,
    'postgres-password': postgres,
    'elasticsearch-password': elasticsearch,
    'rabbitmq.conf': rabbitMqConf({
      ports,
      mqttsAddress: '0.0.0.0',
      user,
      password: rabbitmq,
      gatekeeperUrl,
      tls,
    }),
    enabled_plugins: enabledPlugins,
  }
  for (const [name, text] of Object.entries(files)) await writeForContainers(join(dir, name), text)
  await chmod(openSealKey(dir), 0o644)
  await makeAuthority(dir, host)
}

/** Each container has a user of its own; from others on this machine the folder is closed. */
async function writeForContainers(file: string, text: string): Promise<void> {
  await writeFile(file, text)
  await chmod(file, 0o644)
}

async function makeAuthority(dir: string, host: string): Promise<void> {
  const [authority, passphrases] = [join(dir, 'device-authority'), join(dir, 'passphrases')]
  await mkdir(passphrases)
  const passphrase = async (name: string) => {
    await writeForContainers(join(passphrases, name), `${secret()}\n`)
    return join(passphrases, name)
  }
  const env = {
    DEVICE_AUTHORITY_DIR: authority,
    DEVICE_AUTHORITY_PASSPHRASE_FILE: await passphrase('device-authority'),
    DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE: await passphrase('device-authority-root'),
    COMMAND_SIGNING_PASSPHRASE_FILE: await passphrase('command-signing'),
  }
  const command = join(repositoryDir, 'core', 'devices', 'authority', 'command.ts')
  const args = [command, 'init', '--host', host]
  await run({ command: process.execPath, args, env: { ...process.env, ...env } })
  for (const file of ['commands-key.pem', 'commands.pem', 'ca.pem', 'server.pem', 'server-key.pem'])
    await chmod(join(authority, file), 0o644)
  // Docker binds single files, so that this folder stays closed.
  await chmod(authority, 0o700)
}

await runCommand({ usage, read: (args) => readRequest(form, args), obey })
