// The platform's processes on engines that run: provisioned, started together, stopped in order.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Env } from './engines/engine.ts'
import { openPidFile } from './pid-file.ts'
import { openPortBook } from './ports.ts'
import { type OnProgress, step } from './progress.ts'
import { provision } from './provision.ts'
import { openSecrets } from './secrets.ts'
import { createService, type OwnedService, type Service } from './service.ts'
import { chooseServices, type ServiceName, type ServiceRow } from './services.ts'
import { repositoryDir } from './settings.ts'

export type PlatformOptions<N extends ServiceName = ServiceName> = {
  /** The engines' addresses; any further setting of a service may stand here too. */
  env: Env
  /** For logs, ports, secrets and the issuer's key. */
  dataDir: string
  namespace: string
  /** All by default. */
  services?: readonly N[]
  onProgress: OnProgress
  /** Gives up a start; what runs by then is stopped before the rejection. */
  signal?: AbortSignal
}

export type Platform<N extends ServiceName = ServiceName> = {
  /** What was given, and the addresses of all services. */
  env: Env
  services: Readonly<Record<N, Service>>
  stop: () => Promise<void>
}

export const startPlatform = async <N extends ServiceName = ServiceName>(
  options: PlatformOptions<N>,
): Promise<Platform<N>> => {
  const { dataDir, namespace, onProgress, signal } = options
  const logDir = join(dataDir, 'log')
  await mkdir(logDir, { recursive: true })
  const rows = chooseServices(options.services, options.env)
  const env = await completeEnv(rows, options)
  const pidFile = openPidFile(join(dataDir, `platform.${namespace}.processes.json`))
  await pidFile.endLeftovers()
  if (rows.some((row) => row.needsEngines)) await provision({ env, onProgress, signal })
  const running = rows.map((row) =>
    createService({
      name: row.name,
      entry: join(repositoryDir, row.entry),
      url: env[row.urlVariable] as string,
      env: { ...env, ISSUER_KEY_FILE: join(dataDir, 'issuer-key.json') },
      logFile: join(logDir, `${row.name}.log`),
      onStart: pidFile.add,
      onProgress,
    }),
  )
  const stop = async () => {
    await stopInOrder(rows, running, onProgress)
    pidFile.clear()
  }
  try {
    await step(onProgress, `starting ${rows.map((row) => row.name).join(', ')}`, () =>
      Promise.all(running.map((service) => service.start(signal))),
    )
  } catch (error) {
    await stop()
    throw error
  }
  return {
    env,
    services: Object.fromEntries(running.map((each) => [each.name, each as Service])) as Record<N, Service>,
    stop,
  }
}

/** Every service gets the same settings: addresses of all, and the names and secrets they share. */
const completeEnv = async <N extends ServiceName>(
  rows: readonly ServiceRow[],
  { env: given, dataDir, namespace }: PlatformOptions<N>,
): Promise<Env> => {
  const ports = openPortBook(dataDir)
  const env: Env = { ...given, NAMESPACE: namespace }
  // An address given is one that somebody else knows already, such as the gatekeeper's.
  for (const row of rows) env[row.urlVariable] ??= `http://127.0.0.1:${await ports(row.name)}`
  env.ANALYTICS_PSEUDONYM_SECRET ??= openSecrets(dataDir)('analytics-pseudonym')
  if (env.ISSUER_URL === undefined) return env
  return {
    ...env,
    TOKEN_URL: `${env.ISSUER_URL}/token`,
    JWKS_URL: `${env.ISSUER_URL}/jwks.json`,
    JWT_ISSUER: 'micro-mobility-cloud-development',
    JWT_AUDIENCE: 'micro-mobility-cloud',
  }
}

/** The edge drains first, then the workers finish their batches; readers go last. */
const stopInOrder = async (
  rows: readonly ServiceRow[],
  running: readonly OwnedService[],
  onProgress: OnProgress,
): Promise<void> => {
  for (const rank of [...new Set(rows.map((row) => row.stopRank))].sort()) {
    const group = running.filter((_, index) => rows[index]?.stopRank === rank)
    const names = group.map((service) => service.name).join(', ')
    await step(onProgress, `stopping ${names}`, () => Promise.all(group.map((service) => service.stop())))
  }
}
