// A process and the services in it: health, readiness and metrics of all, signals, an orderly end.
import { createServer, type Server } from 'node:http'
import { Registry } from 'prom-client'
import type { Config, Setting } from './config.ts'
import { exposeProcess, metricsText } from './metrics.ts'
import {
  type CommonSetting,
  type CreateService,
  createLog,
  listen,
  type RunningService,
  startService,
} from './service.ts'

/** Services stop in this order, those of one word together: who takes data in, who works on it, who answers others. */
const stopOrder = ['intake', 'worker', 'answer'] as const
export type StopGroup = (typeof stopOrder)[number]

export interface ProcessPlan<S extends Setting> {
  readonly services: readonly {
    readonly name: string
    readonly stops: StopGroup
    /** Of the service's own listener, where it has one and is not alone; alone it has the process's. */
    readonly port: number
    readonly create: CreateService<S>
  }[]
  readonly config: Config<S | CommonSetting>
}

type Running = RunningService & { readonly stops: StopGroup }

const stopBoundMs = 20_000

/**
 * Runs the services until SIGTERM or SIGINT. Exit code 0 after an orderly end. When a service fails, the others are stopped
 * in order and the exit code is 1, also when it fails while it is stopped: whoever supervises the process starts it anew.
 */
export async function runProcess<S extends Setting>({ services, config }: ProcessPlan<S>): Promise<void> {
  const alone = services.length === 1
  const name = alone ? (services[0]?.name ?? '') : 'core'
  const log = createLog(name, config.LOG_LEVEL)
  const { promise: told, resolve: end } = Promise.withResolvers<void>()
  // A second signal changes nothing: npx passes on the Ctrl-C that the terminal has sent us already.
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      log.info({ cause: signal }, 'stopping')
      end()
    })
  const running: Running[] = []
  try {
    for (const { stops, port, ...service } of services) {
      const at = alone ? config.PORT : port
      running.push({ ...(await startService({ ...service, config, port: at })), stops })
    }
    const served = running.filter(({ listens }) => !listens)
    if (served.length > 0)
      await listen(healthServer(name, served), { host: config.HOST, port: config.PORT, log })
    await Promise.race([told, firstFailure(running)])
  } catch (error) {
    log.fatal({ err: error }, 'failed')
    process.exitCode = 1
  }
  setTimeout(() => {
    log.error('not stopped within its time')
    process.exit(1)
  }, stopBoundMs).unref()
  for (const group of stopOrder)
    await Promise.all(running.filter(({ stops }) => stops === group).map((service) => service.stop()))
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

/** `/healthz`, `/readyz` and `/metrics` of the services that have no listener of their own. */
function healthServer(process: string, services: readonly RunningService[]): Server {
  const own = new Registry()
  exposeProcess(own, process)
  const registries = [own, ...services.flatMap((service) => service.registries)]
  return createServer(async (request, response) => {
    if (request.url === '/healthz') response.end('ok\n')
    else if (request.url === '/readyz') {
      const { status, text } = readiness(services)
      response.statusCode = status
      response.end(text)
    } else if (request.url === '/metrics') {
      response.setHeader('content-type', own.contentType)
      response.end(await metricsText(registries))
    } else {
      response.statusCode = 404
      response.end('not found\n')
    }
  })
}

/** Ready are all or none: 200 or 503, with a line a service where there are several. */
export function readiness(services: readonly Pick<RunningService, 'name' | 'trouble'>[]): {
  status: 200 | 503
  text: string
} {
  const states = services.map(({ name, trouble }) => ({ name, trouble: trouble() }))
  const line = ({ name, trouble = 'ready' }: (typeof states)[number]) =>
    states.length === 1 ? `${trouble}\n` : `${name}: ${trouble}\n`
  return {
    status: states.every(({ trouble }) => trouble === undefined) ? 200 : 503,
    text: states.map(line).join(''),
  }
}
