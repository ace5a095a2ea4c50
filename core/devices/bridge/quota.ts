// Counts the samples of each bike's modules, and suspends modules that send more than their quota. Nothing that the broker has
// acknowledged is refused for it: the module is disconnected (by presence) and not let in again for a while (by the gatekeeper).
import type { Logger } from 'pino'
import { Counter, Gauge, type Registry } from 'prom-client'
import { createRateLimiter } from '../../../edge/limits/rates.ts'
import type { QueueMessage } from '../../engines/rabbitmq/port.ts'
import { rest } from '../../runtime/back-off.ts'
import { createLoop, type Loop } from '../../runtime/loop.ts'
import type { SuspensionStore } from './port.ts'
import { nextSuspension, type Suspension, samplesCounted } from './quota-plan.ts'
import { readTelemetryTopic } from './telemetry-topic.ts'

type CountedMessage = Pick<QueueMessage, 'routingKey' | 'body'>

export interface ModuleQuota {
  /** Messages that Kafka has. */
  count(messages: readonly CountedMessage[]): void
  /** Suspends those that were beyond. While PostgreSQL is away it waits, and messages go on. */
  readonly loop: Loop
}

export interface ModuleQuotaOptions {
  /** Samples of all modules of a bike. `perSecond` 0: no quota. */
  readonly rate: { readonly perSecond: number; readonly burst: number }
  /** How long a first suspension lasts. */
  readonly firstMs: number
  readonly store: SuspensionStore
  readonly registry: Registry
  readonly log: Pick<Logger, 'warn'>
  readonly clock?: { monotonicMs(): number }
  readonly everyMs?: number
}

const reason = 'sample_quota_exceeded'
const atOnce = 1_000
const mostSuspended = 10_000

/**
 * The broker does not say which module of a bike published a message, so a bike's modules share one quota. What a suspended module
 * still had on the way is not counted against it.
 */
export function createModuleQuota(options: ModuleQuotaOptions): ModuleQuota {
  const { rate, firstMs, store, log, everyMs = 1_000 } = options
  const { clock = { monotonicMs: () => performance.now() } } = options
  const limiter = createRateLimiter({ rate, clock })
  const metrics = createMetrics(options.registry)
  const beyond = new Set<string>()
  let suspended: ReadonlySet<string> = new Set()

  function count(messages: readonly CountedMessage[]): void {
    if (rate.perSecond === 0) return
    for (const { routingKey, body } of messages) {
      const bikeId = readTelemetryTopic(routingKey)?.bikeIdText
      if (bikeId === undefined || beyond.has(bikeId) || suspended.has(bikeId)) continue
      if (limiter.take(bikeId, Math.min(rate.burst, samplesCounted(body))) > 0) beyond.add(bikeId)
    }
  }

  async function suspend(): Promise<void> {
    const bikeIds = [...beyond].slice(0, atOnce)
    const plan = (known: Suspension | undefined, nowMs: number) => nextSuspension(known, { nowMs, firstMs })
    const fresh = bikeIds.length === 0 ? [] : await store.suspend(bikeIds, plan)
    for (const { bikeId, times, untilMs } of fresh) {
      metrics.suspensions.inc({ reason })
      const until = new Date(untilMs).toISOString()
      log.warn({ bikeId, reason, times, until }, 'suspended the modules of a bike')
    }
    suspended = new Set(await store.suspended(mostSuspended))
    for (const bikeId of bikeIds) beyond.delete(bikeId)
    metrics.suspended.set(suspended.size)
  }

  const loop = createLoop({
    what: 'suspending modules',
    log,
    async round(signal) {
      await suspend()
      await rest(everyMs, signal)
    },
  })
  return { count, loop }
}

function createMetrics(registry: Registry) {
  const registers = [registry]
  const suspensions = new Counter({
    name: 'devices_suspensions_total',
    help: 'Suspensions of the modules of a bike that sent more samples than their quota',
    labelNames: ['reason'],
    registers,
  })
  const suspended = new Gauge({
    name: 'devices_suspended_bikes',
    help: 'Bikes whose modules are suspended now',
    registers,
  })
  suspensions.inc({ reason }, 0)
  return { suspensions, suspended }
}
