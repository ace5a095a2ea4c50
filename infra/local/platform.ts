// The platform's processes on engines that run: provisioned, started together, stopped in order.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { withoutOperator, writeAccounts } from './accounts.ts'
import type { Env } from './engines/engine.ts'
import type { ProcessPlan } from './managed-process.ts'
import { openPidFile } from './pid-file.ts'
import { openPortBook } from './ports.ts'
import type { ProcessIdentity } from './process-identity.ts'
import {
  adminUrlVariable,
  chooseProcesses,
  type ProcessRow,
  type ServiceName,
  stopGroups,
  urlVariable,
} from './processes.ts'
import { type OnProgress, step } from './progress.ts'
import { provision } from './provision.ts'
import { askReadiness } from './readiness.ts'
import { openSealKey, registerSealKey } from './seal-key.ts'
import { openSecretFile, openSecrets } from './secrets.ts'
import { repositoryDir } from './settings.ts'
import { type SupervisedProcess, superviseProcess } from './supervised-process.ts'

/** A service as its process runs it; several share a process, and what happens to one then happens to all. */
export type Service = {
  readonly name: string
  /** Its process's name. */
  readonly process: string
  readonly pid: number
  readonly url: string
  /** Of its process's health and metrics. */
  readonly adminUrl: string
  readonly identity: ProcessIdentity
  readonly logFile: string
  kill: (signal: NodeJS.Signals) => void
  /** Stops it if it still runs, starts it again, resolves when it is ready. */
  restart: () => Promise<void>
}

export type PlatformOptions<N extends ServiceName = ServiceName> = {
  /** The engines' addresses; any further setting of a service may stand here too. */
  env: Env
  /** For logs, ports, secrets and the issuer's key. */
  dataDir: string
  namespace: string
  /** All by default. */
  services?: readonly N[]
  /** Each service of core in a process of its own; otherwise they share one. */
  apart?: boolean
  /** Each service comes to the engines with an account of its own, which provisioning makes. */
  secure?: boolean
  onProgress: OnProgress
  /** Told when a process has been started anew after a crash. */
  onRestart?: () => void
  /** Gives up a start; what runs by then is stopped before the rejection. */
  signal?: AbortSignal
}

export type Platform<N extends ServiceName = ServiceName> = {
  /** What was given, and the addresses of all services. */
  env: Env
  services: Readonly<Record<N, Service>>
  /**
   * Stops a service that has no listener of its own, and nothing else but for the restart of its process; what is returned brings
   * it back. One service of a process at a time: taking out another brings the first one back.
   */
  takeOut: (name: N) => Promise<() => Promise<void>>
  stop: () => Promise<void>
}

export const startPlatform = async <N extends ServiceName = ServiceName>(
  options: PlatformOptions<N>,
): Promise<Platform<N>> => {
  const { dataDir, namespace, onProgress, onRestart, signal, apart = false, secure = false } = options
  const logDir = join(dataDir, 'log')
  await mkdir(logDir, { recursive: true })
  const rows = chooseProcesses({ names: options.services, env: options.env, apart })
  const completed = await completeEnv(rows, options)
  const env = secure ? await writeAccounts({ env: completed, dataDir, namespace }) : completed
  const pidFile = openPidFile(join(dataDir, `platform.${namespace}.processes.json`))
  await pidFile.endLeftovers()
  if (rows.some((row) => row.needsEngines)) {
    await provision({ env, onProgress, signal })
    await registerSealKey({ env, onProgress, signal })
  }
  let isUp = false
  const waitingFor = new Map<string, string>()
  const supervise = async (row: ProcessRow): Promise<SupervisedProcess> => {
    const told = secure ? await withoutOperator(env, row.name) : env
    return superviseProcess({
      plan: {
        name: row.name,
        command: process.execPath,
        args: [entryOf(row), ...row.args.slice(1)],
        env: {
          ...{ ...process.env, ...told, ...portsOf(row, env), HOST: '127.0.0.1' },
          ISSUER_KEY_FILE: join(dataDir, 'issuer-key.json'),
        },
        logFile: join(logDir, `${row.name}.log`),
        ...readinessAt(adminUrlOf(row, env), (words) => waitingFor.set(row.name, words)),
        ...bounds,
      },
      keep: true,
      onStart: (identity) => {
        pidFile.add(identity)
        if (isUp) onRestart?.()
      },
      onProgress,
    })
  }
  const running = await Promise.all(rows.map(supervise))
  const stop = async () => {
    isUp = false
    await stopInOrder(rows, running, onProgress)
    pidFile.clear()
  }
  try {
    await step(
      onProgress,
      `starting ${rows.map((row) => row.name).join(', ')}`,
      () => Promise.all(running.map((process) => process.start(signal))),
      () => [...waitingFor].map(([name, words]) => `${name} ${words}`).join('; '),
    )
    isUp = true
  } catch (error) {
    await stop()
    throw error
  }
  const takeOut = async (name: N) => {
    const index = rows.findIndex(({ listeners }) => listeners.some(({ services }) => services.includes(name)))
    const [process, row] = [running[index], rows[index]]
    if (process === undefined || row === undefined) throw new Error(`there is no ${name}`)
    const [, ...names] = row.args
    if (names.length < 2) await process.stop()
    else await process.restart([entryOf(row), ...names.filter((each) => each !== name)])
    return () => process.restart()
  }
  return { env, services: servicesOf(rows, running, env) as Record<N, Service>, takeOut, stop }
}

const bounds = { readyWithinMs: 180_000, stopWithinMs: 25_000 }

/** `onWords` is told what it is busy with: `has not answered yet`, `is not ready: …` or `is ready`. */
const readinessAt = (
  adminUrl: string,
  onWords: (words: string) => void,
): Pick<ProcessPlan, 'port' | 'isReady'> => ({
  port: Number(new URL(adminUrl).port),
  isReady: async () => {
    onWords('has not answered yet')
    const { isReady, said } = await askReadiness(adminUrl)
    onWords(isReady ? 'is ready' : `is not ready: ${said}`)
    return isReady
  },
})

const entryOf = ({ args: [entry = ''] }: ProcessRow): string => join(repositoryDir, entry)

/** Every process gets the same settings: addresses of all services, and the names and secrets they share. */
const completeEnv = async <N extends ServiceName>(
  rows: readonly ProcessRow[],
  { env: given, dataDir, namespace }: PlatformOptions<N>,
): Promise<Env> => {
  const ports = openPortBook(dataDir)
  const env: Env = { ...given, NAMESPACE: namespace }
  for (const { name, services } of rows.flatMap(({ listeners }) => listeners)) {
    // An address given is one that somebody else knows already, such as the gatekeeper's.
    const given = services.map((service) => env[urlVariable(service)]).find((url) => url !== undefined)
    const url = given ?? `http://127.0.0.1:${await ports(name)}`
    for (const service of services) env[urlVariable(service)] = url
  }
  for (const { admin, listeners } of rows) {
    const url = env[admin.variable] ?? `http://127.0.0.1:${await ports(admin.name)}`
    env[admin.variable] = url
    for (const name of listeners.flatMap(({ services }) => services)) env[adminUrlVariable(name)] = url
  }
  // Nobody spreads requests here who would have to notice that a process ends.
  env.DRAIN_DELAY_MS ??= '0'
  env.STATEMENT_AUDIENCE ??= 'micro-mobility-cloud-development'
  env.STATEMENT_SEAL_KEY_FILE ??= openSealKey(dataDir)
  env.TOMBSTONE_KEY_FILE ??= openSecretFile(dataDir, 'tombstone-key')
  env.CONSOLE_SESSION_SECRET ??= openSecrets(dataDir)('console-session')
  if (env.ISSUER_URL === undefined) return env
  return {
    ...env,
    TOKEN_URL: `${env.ISSUER_URL}/token`,
    JWKS_URL: `${env.ISSUER_URL}/jwks.json`,
    JWT_ISSUER: 'micro-mobility-cloud-development',
    JWT_AUDIENCE: 'micro-mobility-cloud',
    OIDC_ISSUER_URL: env.ISSUER_URL,
    OIDC_CLIENT_ID: 'console',
  }
}

const addressOf = (env: Env, service: ServiceName | undefined): string =>
  (service && env[urlVariable(service)]) ?? ''

const adminUrlOf = ({ admin }: ProcessRow, env: Env): string => env[admin.variable] ?? ''

const portsOf = (row: ProcessRow, env: Env): Env => {
  const addresses = [
    ...row.listeners.map(
      ({ portSetting, services: [first] }) => [portSetting, addressOf(env, first)] as const,
    ),
    [row.admin.portSetting, adminUrlOf(row, env)] as const,
  ]
  return Object.fromEntries(addresses.map(([setting, url]) => [setting, new URL(url).port]))
}

const servicesOf = (
  rows: readonly ProcessRow[],
  running: readonly SupervisedProcess[],
  env: Env,
): Record<string, Service> => {
  const services: Record<string, Service> = {}
  for (const [index, row] of rows.entries()) {
    const process = running[index] as SupervisedProcess
    const { name: processName, logFile } = process.plan
    for (const name of row.listeners.flatMap((listener) => listener.services)) {
      services[name] = {
        name,
        process: processName,
        url: addressOf(env, name),
        adminUrl: adminUrlOf(row, env),
        logFile,
        get pid() {
          return process.identity.pid
        },
        get identity() {
          return process.identity
        },
        kill: process.kill,
        restart: () => process.restart(),
      }
    }
  }
  return services
}

const stopInOrder = async (
  rows: readonly ProcessRow[],
  running: readonly SupervisedProcess[],
  onProgress: OnProgress,
): Promise<void> => {
  for (const group of stopGroups(rows)) {
    const members = running.filter(({ plan }) => group.some((row) => row.name === plan.name))
    const names = members.map(({ plan }) => plan.name).join(', ')
    await step(onProgress, `stopping ${names}`, () => Promise.all(members.map((process) => process.stop())))
  }
}
