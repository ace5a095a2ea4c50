// A service as the process that runs it sees it: what it is given, and what it gives back.
import { type Logger, pino } from 'pino'
import type { Registry } from 'prom-client'
import { groupName, type Topic, topicName } from '../topics.ts'
import type { Config, Setting } from './config.ts'
import { type Fetch, listen } from './listeners.ts'
import { createReadiness, type Engine, type Loop, type Need } from './loop.ts'

/** Settings that every service may read. */
export const commonSettings = [
  ...(['NAMESPACE', 'LOG_LEVEL', 'HOST', 'PORT'] as const),
  ...(['ADMIN_HOST', 'ADMIN_PORT', 'DRAIN_DELAY_MS', 'SERVICE_SETTINGS_DIR'] as const),
] as const satisfies readonly Setting[]
export type CommonSetting = (typeof commonSettings)[number]

export interface Service {
  /** They run side by side until the service is told to stop. One that rejects, or ends before, is a crash of the whole process. */
  readonly loops: readonly Loop[]
  /** Answers others on a listener of its own. Health, readiness and metrics are no part of it: the process has them. */
  readonly fetch?: Fetch
}

/** A service is put together from this. It opens its clients through the `open…` functions of core/engines. */
export interface Scope<S extends Setting = never> {
  readonly name: string
  readonly config: Config<S | CommonSetting>
  readonly log: Logger
  /** Consumer group and client id. */
  readonly group: string
  /** Aborts when the service is told to stop. */
  readonly stopping: AbortSignal
  /** The topic's name in this namespace. */
  topic(topic: Topic): string
  /** Frees something after the loops have ended; what was opened last is freed first. */
  onClose(free: () => Promise<unknown>): void
  /**
   * Asks the engine now and then; the service is not ready while it does not answer. A service that answers others in part without it
   * says `partly`: it stays ready, and `/readyz` and the metric `ready` name the engine.
   */
  watch(engine: Engine, ping: () => Promise<unknown>, need?: Need): void
  /** One more reason why the service is not ready, which the engine gives; undefined when it gives none. */
  onReadiness(engine: Engine, trouble: () => string | undefined): void
  /** Shows these metrics on the process's `/metrics`. */
  expose(registry: Registry): void
}

export type CreateService<S extends Setting> = (scope: Scope<S>) => Service

export interface RunningService {
  readonly name: string
  /** Whether it answers others on a listener of its own. */
  readonly listens: boolean
  readonly registries: readonly Registry[]
  /** Why it cannot work at the moment; undefined when it can. */
  trouble(): string | undefined
  /** Why it answers in part only, though it can work: `Elasticsearch: connection refused`; undefined when it answers all. */
  lack(): string | undefined
  /** Resolves when its loops have ended after `stop`; rejects as soon as one of them failed, which is logged. */
  readonly ended: Promise<void>
  /** Lets all its loops finish what they have at hand, then frees what it opened. */
  stop(): Promise<void>
}

export interface ServicePlan<S extends Setting> {
  readonly name: string
  readonly config: Config<S | CommonSetting>
  /** Of its listener, where it has one of its own. */
  readonly listenAt: { readonly port: number; readonly setting: string }
  /** Its listener soon takes no new connections, and asks to end those that there are. */
  readonly isDraining: () => boolean
  readonly create: CreateService<S>
}

/** Puts the service together and lets it run. Rejects as `create` and the listener do; what was opened by then is freed. */
export async function startService<S extends Setting>(plan: ServicePlan<S>): Promise<RunningService> {
  const { name, config, listenAt, create, isDraining } = plan
  const log = createLog(name, config.LOG_LEVEL)
  const stop = new AbortController()
  const frees: (() => Promise<unknown>)[] = []
  const readiness = createReadiness(name)
  const registries: Registry[] = []
  const free = async () => {
    for (const each of frees.splice(0).reverse())
      await each().catch((error: unknown) => log.error({ err: error }, 'closing failed'))
  }
  const scope: Scope<S> = {
    ...{ name, config, log, group: groupName(config.NAMESPACE, name), stopping: stop.signal },
    topic: (topic) => topicName(config.NAMESPACE, topic),
    onClose: (each) => void frees.push(each),
    watch: readiness.watch,
    onReadiness: readiness.asks,
    expose: (registry) => void registries.push(registry),
  }
  let service: Service
  try {
    service = create(scope)
    if (service.fetch !== undefined) {
      const listener = await listen(service.fetch, { host: config.HOST, ...listenAt, isDraining })
      log.info({ port: listener.port }, 'listening')
      scope.onClose(listener.close)
    }
  } catch (error) {
    await free()
    throw error
  }
  const { loops, fetch } = service
  const runs = loops.map(async (loop) => {
    await loop.run(stop.signal)
    // A service without it would look well and do nothing.
    if (!stop.signal.aborted) throw new Error('a loop ended that nobody told to')
  })
  for (const run of runs) run.catch((error: unknown) => log.error({ err: error }, 'a loop failed'))
  const ended = Promise.all(runs).then(() => undefined)
  const watched = readiness.run(stop.signal)
  // Heard of by who asks `ended`, and logged above.
  for (const each of [ended, watched]) each.catch(() => undefined)
  // Who answers others can do so while work on the side fails.
  const { trouble, lack, metrics } = readiness.of(fetch === undefined ? loops : [], registries)
  return {
    ...{ name, listens: fetch !== undefined, registries: [...registries, metrics], ended, trouble, lack },
    async stop() {
      stop.abort()
      await Promise.allSettled([...runs, watched])
      await free()
      log.info('stopped')
    },
  }
}

/** Written at once: a crash loses no line. */
const standardOutput = pino.destination({ fd: 1, sync: true })

/** The structured log of a core process: JSON lines on standard output, in the order in which its services wrote them. */
export function createLog(service: string, level: string): Logger {
  return pino({ level, base: { service }, serializers: { err: errorFacts } }, standardOutput)
}

/**
 * An error without what it carries along: those of engines hold requests, positions and riders among them.
 * `{type: 'ResponseError', code: 503, stack: 'ResponseError: unavailable\n    at …', cause: {…}}`
 */
export function errorFacts(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error)
  const { code, statusCode, errors } = error as { code?: unknown; statusCode?: unknown; errors?: unknown }
  return {
    ...{ type: error.name, code: code ?? statusCode, stack: error.stack },
    ...(error.cause !== undefined && { cause: errorFacts(error.cause) }),
    ...(Array.isArray(errors) && { errors: errors.slice(0, 5).map(errorFacts) }),
  }
}
