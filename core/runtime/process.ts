// A process and the services in it: the listener for health and metrics of all, signals, an orderly end.
import { setTimeout as delay } from 'node:timers/promises'
import { tell } from './command-line/run-command.ts'
import type { Config, Setting } from './config.ts'
import { createAdmin, listen } from './listeners.ts'
import {
  type CommonSetting,
  type CreateService,
  createLog,
  type RunningService,
  startService,
} from './service.ts'
import { ConfigurationError } from './transport.ts'

/** Services stop in this order, those of one word together: who takes data in, who works on it, who answers others. */
const stopOrder = ['intake', 'worker', 'answer'] as const
export type StopGroup = (typeof stopOrder)[number]

export interface ProcessPlan<S extends Setting> {
  readonly services: readonly {
    readonly name: string
    readonly stops: StopGroup
    /** Of the service's own listener, where it has one and is not alone; alone it has `PORT`. */
    readonly port: number
    readonly config: Config<S | CommonSetting>
    readonly create: CreateService<S>
  }[]
  readonly config: Config<CommonSetting>
}

type Running = RunningService & { readonly stops: StopGroup }

const stopBoundMs = 20_000

/**
 * Runs the services until SIGTERM or SIGINT. Exit code 0 after an orderly end, 2 where a port is taken. When a service fails, the others
 * are stopped in order and the exit code is 1, also when it fails while it is stopped: whoever supervises the process starts it anew.
 */
export async function runProcess<S extends Setting>({ services, config }: ProcessPlan<S>): Promise<void> {
  const alone = services.length === 1
  const name = alone ? (services[0]?.name ?? '') : 'core'
  const log = createLog(name, config.LOG_LEVEL)
  const { promise: told, resolve: end } = Promise.withResolvers<void>()
  let drained: Promise<void> | undefined
  const isDraining = () => drained !== undefined
  // A second signal changes nothing: npx passes on the Ctrl-C that the terminal has sent us already.
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      log.info({ cause: signal }, 'stopping')
      drained ??= delay(running.some(({ listens }) => listens) ? config.DRAIN_DELAY_MS : 0)
      end()
    })
  const running: Running[] = []
  try {
    for (const { stops, port, ...service } of services) {
      const own = { port, setting: `${service.name.toUpperCase()}_PORT` }
      const listenAt = alone ? { port: config.PORT, setting: 'PORT' } : own
      running.push({ ...(await startService({ ...service, listenAt, isDraining })), stops })
    }
    const isPortTaken = alone && running.some(({ listens }) => listens)
    const admin = await listen(createAdmin({ name, services: running, isDraining }), {
      ...{ host: config.ADMIN_HOST, port: config.ADMIN_PORT ?? (isPortTaken ? 0 : config.PORT), isDraining },
      setting: config.ADMIN_PORT === undefined ? 'PORT' : 'ADMIN_PORT',
    })
    log.info({ adminPort: admin.port }, 'tells health and metrics')
    await Promise.race([told, firstFailure(running)])
  } catch (error) {
    const isSetting = error instanceof ConfigurationError
    if (isSetting) tell(error.message)
    else log.fatal({ err: error }, 'failed')
    process.exitCode = isSetting ? 2 : 1
  }
  setTimeout(() => {
    log.error('not stopped within its time')
    process.exit(1)
  }, stopBoundMs + config.DRAIN_DELAY_MS).unref()
  for (const group of stopOrder) {
    // Who asks others to answer learns from `/readyz` to ask elsewhere before these answer no more.
    if (group === 'answer') await drained
    await Promise.all(running.filter(({ stops }) => stops === group).map((service) => service.stop()))
  }
  const ends = await Promise.allSettled(running.map(({ ended }) => ended))
  if (ends.some(({ status }) => status === 'rejected')) process.exitCode = 1
  log.info('stopped')
  // Connections of whoever asks for health or metrics would keep the process.
  process.exit()
}

function firstFailure(running: readonly Running[]): Promise<never> {
  return new Promise((_, reject) => {
    for (const { name, ended } of running)
      ended.catch((cause: unknown) => reject(new Error(`${name} failed`, { cause })))
  })
}
