// RabbitMQ as a single node that shares nothing with another one: own name server, cookie, plugins and data.
import { chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createManagement } from '../../../core/engines/rabbitmq/management.ts'
import type { EngineTls } from '../engine-certificates.ts'
import type { ProcessPlan } from '../managed-process.ts'
import { withParentDeathSignal } from '../parent-death-guard.ts'
import { type OnProgress, step } from '../progress.ts'
import { run, type UserIds } from '../run.ts'
import type { Secrets } from '../secrets.ts'
import { repositoryDir } from '../settings.ts'
import { findRabbitMq } from '../tools.ts'
import { engineUser, ownedDir, reachableDir } from '../unprivileged.ts'
import type { Engine, Env } from './engine.ts'
import { administratorDefinitions, enabledPlugins, rabbitMqConf } from './rabbitmq-config.ts'

const user = 'mobility'
const node = 'rabbit@127.0.0.1'

export const rabbitmq: Engine = {
  name: 'rabbitmq',
  variables: [
    ...([
      'AMQP_URL',
      'RABBITMQ_MANAGEMENT_URL',
      'MQTT_URL',
      'GATEKEEPER_URL',
      'DEVICE_AUTHORITY_DIR',
    ] as const),
    ...['DEVICE_AUTHORITY_PASSPHRASE_FILE', 'DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE'],
    ...['COMMAND_SIGNING_KEY_FILE', 'COMMAND_SIGNING_CERTIFICATE_FILE', 'COMMAND_SIGNING_PASSPHRASE_FILE'],
  ],
  dataDirs: (dataDir) => [
    reachableDir(join(dataDir, 'rabbitmq')),
    authorityDir(dataDir),
    secretsDir(dataDir),
  ],
  prepare: async ({ dataDir, logDir, ports, secrets, tls: engineTls, temporary, onProgress }) => {
    const [command, ids] = [await findRabbitMq(onProgress), await engineUser()]
    const dir = ownedDir(join(dataDir, 'rabbitmq'), ids)
    const [amqp, management, mqtts] = [
      await ports('rabbitmq'),
      await ports('rabbitmq-management'),
      await ports('rabbitmq-mqtts'),
    ]
    const erlang = { epmd: await ports('rabbitmq-epmd'), distribution: await ports('rabbitmq-distribution') }
    // The broker must know it before it runs; the platform starts its gatekeeper there, or has done so already.
    const gatekeeperUrl = `http://127.0.0.1:${await ports('gatekeeper', { mayListen: true })}`
    const password = secrets('rabbitmq')
    const authority = await authorityEnv(dataDir, secrets)
    await initAuthority(authority, onProgress)
    const tls = await copyTls(authorityDir(dataDir), { dir, ids, engineTls })
    const definitions = join(dir, 'administrator.json')
    await writeOwned(definitions, administratorDefinitions({ user, password }), ids)
    const conf = rabbitMqConf({
      ports: { amqp, management, mqtts },
      ...{ user, password, gatekeeperUrl, tls, secure: tls.engine && { ...tls.engine, definitions } },
    })
    await writeOwned(join(dir, 'rabbitmq.conf'), conf, ids)
    await writeOwned(join(dir, 'enabled_plugins'), enabledPlugins, ids)
    const managementUrl = `${engineTls ? 'https' : 'http'}://${user}:${password}@127.0.0.1:${management}${
      engineTls ? `?cacertfile=${engineTls.authorityFile}` : ''
    }`
    const shown = engineTls && {
      certfile: engineTls.client.certificateFile,
      keyfile: engineTls.client.keyFile,
    }
    const amqps = new URLSearchParams({ cacertfile: join(authorityDir(dataDir), 'ca.pem'), ...shown })
    return {
      env: {
        AMQP_URL: engineTls
          ? `amqps://127.0.0.1:${amqp}?${decodeURIComponent(String(amqps))}`
          : `amqp://${user}:${password}@127.0.0.1:${amqp}`,
        RABBITMQ_MANAGEMENT_URL: managementUrl,
        MQTT_URL: `mqtts://127.0.0.1:${mqtts}`,
        GATEKEEPER_URL: gatekeeperUrl,
        ...authority,
      },
      plan: {
        name: 'rabbitmq',
        ...besideNameServer(command),
        cwd: dir,
        env: environment(dir, erlang),
        user: ids,
        port: amqp,
        logFile: join(logDir, 'rabbitmq.log'),
        isReady: () => isListening(managementUrl, mqtts),
        readyWithinMs: 300_000,
        // An orderly end takes it eight seconds; data that is thrown away needs none.
        stopSignal: temporary ? 'SIGKILL' : 'SIGTERM',
        stopWithinMs: 30_000,
      },
    }
  },
}

const authorityDir = (dataDir: string): string => join(dataDir, 'device-authority')
const secretsDir = (dataDir: string): string => join(dataDir, 'passphrases')

/** Where the authority and its keys are; on a developer's machine the root's key lies beside the others. */
const authorityEnv = async (dataDir: string, secrets: Secrets): Promise<Env> => {
  const [dir, into] = [authorityDir(dataDir), secretsDir(dataDir)]
  await mkdir(into, { recursive: true, mode: 0o700 })
  const passphrase = async (name: string): Promise<string> => {
    const path = join(into, name)
    await writeFile(path, `${secrets(name)}\n`, { mode: 0o600 })
    return path
  }
  return {
    DEVICE_AUTHORITY_DIR: dir,
    DEVICE_AUTHORITY_PASSPHRASE_FILE: await passphrase('device-authority'),
    DEVICE_AUTHORITY_ROOT_PASSPHRASE_FILE: await passphrase('device-authority-root'),
    COMMAND_SIGNING_KEY_FILE: join(dir, 'commands-key.pem'),
    COMMAND_SIGNING_CERTIFICATE_FILE: join(dir, 'commands.pem'),
    COMMAND_SIGNING_PASSPHRASE_FILE: await passphrase('command-signing'),
  }
}

/**
 * Erlang's name server, epmd, is a daemon that outlives whoever starts it, and RabbitMQ starts one where none answers.
 * So this one runs first, and ends with the process that then becomes the server.
 */
const besideNameServer = (server: string): Pick<ProcessPlan, 'command' | 'args'> => {
  const epmd = withParentDeathSignal({ command: 'epmd', args: [] })
  const script = `\
${[epmd.command, ...epmd.args].join(' ')} &
for attempt in $(seq 100); do epmd -names > /dev/null 2>&1 && break; sleep 0.05; done
exec "$0"`
  return { command: '/bin/sh', args: ['-c', script, server] }
}

type ErlangPorts = { epmd: number; distribution: number }

/** Nothing of the system's own RabbitMQ, nor of the user's shell, may reach this one. */
const environment = (dir: string, { epmd, distribution }: ErlangPorts): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: dir,
  LC_ALL: 'C.UTF-8',
  ERL_EPMD_PORT: String(epmd),
  ERL_EPMD_ADDRESS: '127.0.0.1',
  // The server's script then becomes the server, instead of staying above it.
  RUNNING_UNDER_SYSTEMD: 'true',
  RABBITMQ_CONF_ENV_FILE: join(dir, 'none.conf'),
  RABBITMQ_CONFIG_FILE: join(dir, 'rabbitmq.conf'),
  RABBITMQ_CONFIG_FILES: join(dir, 'conf.d'),
  RABBITMQ_ADVANCED_CONFIG_FILE: join(dir, 'advanced.config'),
  RABBITMQ_ENABLED_PLUGINS_FILE: join(dir, 'enabled_plugins'),
  RABBITMQ_MNESIA_BASE: join(dir, 'data'),
  RABBITMQ_LOG_BASE: join(dir, 'log'),
  RABBITMQ_NODENAME: node,
  RABBITMQ_USE_LONGNAME: 'true',
  RABBITMQ_DIST_PORT: String(distribution),
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
})

const initAuthority = (env: Env, onProgress: OnProgress): Promise<unknown> =>
  step(onProgress, 'RabbitMQ: certificates of the device authority', () =>
    run({
      command: process.execPath,
      args: [
        join(repositoryDir, 'core/devices/authority/command.ts'),
        ...['init', '--host', '127.0.0.1', '--host', 'localhost'],
      ],
      env: { ...process.env, ...env },
    }),
  )

type Copying = { dir: string; ids: UserIds | undefined; engineTls: EngineTls | undefined }

/** The authority's own key stays out of the broker's reach. It knows modules by one authority, and services by that of the engines. */
const copyTls = async (authority: string, { dir, ids, engineTls }: Copying) => {
  const into = join(dir, 'tls')
  await mkdir(into, { recursive: true })
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(into, name)
    await writeOwned(path, text, ids)
    return path
  }
  const copy = async (name: string, more = '') =>
    write(name, (await readFile(join(authority, name), 'utf8')) + more)
  return {
    authority: await copy('ca.pem', engineTls?.authority),
    certificate: await copy('server.pem'),
    key: await copy('server-key.pem'),
    engine: engineTls && {
      certificate: await write('engine.pem', engineTls.certificate),
      key: await write('engine-key.pem', engineTls.key),
    },
  }
}

const writeOwned = async (path: string, text: string, ids: UserIds | undefined): Promise<void> => {
  await writeFile(path, text, { mode: 0o600 })
  if (ids !== undefined) await chown(path, ids.uid, ids.gid)
}

/** The plugin for devices comes last. */
const isListening = async (managementUrl: string, port: number): Promise<boolean> =>
  (await createManagement({ managementUrl }).ask({ path: `health/checks/port-listener/${port}` })) !==
  undefined
