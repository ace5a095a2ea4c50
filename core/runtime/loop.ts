// Work that is done round after round for as long as a process lives, and whether a service is ready: its engines serve it, its work
// goes on.
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Gauge, Registry } from 'prom-client'
import { pause, rest } from './back-off.ts'

export interface Loop {
  run(signal: AbortSignal): Promise<void>
  /** Why the last round failed; undefined when it did not. */
  trouble(): string | undefined
}

export interface LoopOptions {
  /** As readiness and the log name it: `dispatching commands`. */
  readonly what: string
  /** Waits itself for the next occasion. A rejection means broken infrastructure: the round comes again after a growing pause. */
  round(signal: AbortSignal): Promise<void>
  readonly log: Pick<Logger, 'warn'>
}

export function createLoop({ what, round, log }: LoopOptions): Loop {
  let trouble: string | undefined
  return {
    async run(signal) {
      for (let attempt = 0; !signal.aborted; ) {
        try {
          await round(signal)
          trouble = undefined
          attempt = 0
        } catch (error) {
          trouble = `${what}: ${error instanceof Error ? error.message : String(error)}`
          log.warn({ attempt, err: error }, `${what} failed, will be repeated`)
          await pause(attempt++, signal)
        }
      }
    },
    trouble: () => trouble,
  }
}

export interface EngineWatchOptions {
  /** As readiness names it: `PostgreSQL`. */
  readonly engine: string
  ping(): Promise<unknown>
  readonly everyMs?: number
}

const patienceMs = 5_000

/** Asks an engine now and then whether it answers, so that readiness tells the truth also when there is no work. */
export function createEngineWatch({ engine, ping, everyMs = 3_000 }: EngineWatchOptions): Loop {
  let trouble: string | undefined = `${engine}: not reached yet`
  return {
    async run(signal) {
      while (!signal.aborted) {
        const silence = delay(patienceMs, `no answer in ${patienceMs} ms`, { ref: false })
        const answer = ping().then(
          () => undefined,
          (error: unknown) => (error instanceof Error ? error.message || error.name : String(error)),
        )
        const fault = await Promise.race([answer, silence])
        trouble = fault === undefined ? undefined : `${engine}: ${fault}`
        await rest(everyMs, signal)
      }
    },
    trouble: () => trouble,
  }
}

/** Of whom a service may be in need; as readiness and the label `engine` of the metric `ready` name them. */
export type Engine = 'Kafka' | 'PostgreSQL' | 'Elasticsearch' | 'RabbitMQ' | 'API'
/** Whether a service can do nothing without the engine, or answers others in part. */
export type Need = 'wholly' | 'partly'

type Told = Pick<Loop, 'trouble'>

/** The engines of one service, by which it knows whether it is ready. */
export function createReadiness(name: string) {
  const watches: Loop[] = []
  const reasons: (Told & { readonly engine: Engine; readonly need: Need })[] = []
  return {
    watch(engine: Engine, ping: () => Promise<unknown>, need: Need = 'wholly'): void {
      const watch = createEngineWatch({ engine, ping })
      watches.push(watch)
      reasons.push({ engine, need, trouble: watch.trouble })
    },
    asks: (engine: Engine, trouble: Told['trouble']) =>
      void reasons.push({ engine, need: 'wholly', trouble }),
    run: (signal: AbortSignal) => Promise.all(watches.map((watch) => watch.run(signal))),
    /** With the loops that are asked, too, and the metrics that tell the service's lag, where it has one. */
    of(loops: readonly Told[], registries: readonly Registry[]) {
      const trouble = () => first([...reasons.filter(({ need }) => need === 'wholly'), ...loops])
      const metrics = new Registry()
      metrics.setDefaultLabels({ worker: name })
      exposeReadiness(metrics, reasons, () => trouble() === undefined)
      exposeReadyLag(metrics, registries, () => trouble() === undefined)
      return { trouble, lack: () => first(reasons), metrics }
    },
  }
}

function first(told: readonly Told[]): string | undefined {
  return told.map(({ trouble }) => trouble()).find((trouble) => trouble !== undefined)
}

function exposeReadiness(
  registry: Registry,
  reasons: readonly (Told & { readonly engine: Engine })[],
  isReady: () => boolean,
): void {
  new Gauge({
    name: 'ready',
    help: '1 while the engine serves this service, else 0',
    labelNames: ['engine'],
    registers: [registry],
    collect() {
      for (const { engine } of reasons)
        this.set({ engine }, first(reasons.filter((each) => each.engine === engine)) === undefined ? 1 : 0)
    },
  })
  new Gauge({
    name: 'worker_ready',
    help: '1 while the service can work or answer, as /readyz says; else 0',
    registers: [registry],
    collect() {
      this.set(isReady() ? 1 : 0)
    },
  })
}

/** For scalers and alarms: an engine that is away asks for no further process. */
function exposeReadyLag(registry: Registry, registries: readonly Registry[], isReady: () => boolean): void {
  const ages = ['worker_lag_seconds', 'worker_queue_seconds']
  const lags = registries.flatMap((each) => ages.flatMap((age) => each.getSingleMetric(age) ?? []))
  if (lags.length === 0) return
  new Gauge({
    name: 'worker_ready_lag_seconds',
    help: 'Age of the oldest record or message that waits for this service; absent while the service is not ready',
    registers: [registry],
    async collect() {
      const values = (await Promise.all(lags.map((lag) => lag.get()))).flatMap((metric) => metric.values)
      if (isReady() && values.length > 0) this.set(Math.max(...values.map(({ value }) => value)))
      else this.remove()
    },
  })
}
