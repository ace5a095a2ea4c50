// The counters and gauges that every worker exposes alike.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface WorkerMetrics {
  readonly registry: Registry
  /** Samples by what became of them; `outcome` and `reason` from the closed lists of core/telemetry/contracts/outcomes.ts. */
  samples(outcome: string, count: number, reason?: string): void
  /** Records read, written, failed or dropped. */
  records(event: 'received' | 'written' | 'repeated' | 'failed', count: number): void
  batchSeconds(seconds: number): void
  /** A track is where this worker brings it; when it was accepted, Unix milliseconds. */
  arrived(acceptedAtMs: number): void
}

/** The backlog of a worker, as its consumer knows it. */
export interface Backlog {
  /** Records or messages fetched and not yet settled. */
  inFlight(): number
  /** Of the assigned partitions; a consumer of queues has none. */
  lag?(): Promise<readonly PartitionBacklog[]>
}

interface PartitionBacklog {
  readonly partition: number
  readonly lag: bigint
  /** Undefined while it is not known. */
  readonly ageSeconds: number | undefined
}

/** CPU, memory and event loop of this process; the label `worker` is the process's name. */
export function exposeProcess(registry: Registry, worker: string): void {
  registry.setDefaultLabels({ worker })
  collectDefaultMetrics({ register: registry })
}

/** The text of several registries as one, the lines of each metric together as the format demands. */
export async function metricsText(registries: readonly Registry[]): Promise<string> {
  const texts = await Promise.all(registries.map((registry) => registry.metrics()))
  const metrics = new Map<string, string[]>()
  for (const metric of texts.flatMap((text) => text.trim().split('\n\n'))) {
    const [help = '', type = '', ...lines] = metric.split('\n')
    metrics.set(help, [...(metrics.get(help) ?? [type]), ...lines])
  }
  return [...metrics].map(([help, lines]) => `${help}\n${lines.join('\n')}\n`).join('\n')
}

/** Metrics of a worker that its process shows. */
export function openWorkerMetrics(
  scope: { readonly name: string; expose(registry: Registry): void },
  backlog?: Backlog,
): WorkerMetrics {
  const metrics = createWorkerMetrics(scope.name, backlog)
  scope.expose(metrics.registry)
  return metrics
}

export function createWorkerMetrics(worker: string, backlog: Backlog = { inFlight: () => 0 }): WorkerMetrics {
  const registry = new Registry()
  registry.setDefaultLabels({ worker })
  const samples = new Counter({
    name: 'worker_samples_total',
    help: 'Samples by outcome and reason',
    labelNames: ['outcome', 'reason'],
    registers: [registry],
  })
  const records = new Counter({
    name: 'worker_records_total',
    help: 'Kafka records by event',
    labelNames: ['event'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'worker_batch_seconds',
    help: 'Duration of the work on a batch, without its commit',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  const arrivals = new Histogram({
    name: 'worker_arrival_seconds',
    help: 'From the acceptance of a track until it is where this worker brings it; not of those that waited for a day or more',
    buckets: [0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600, 3_600],
    registers: [registry],
  })
  exposeBacklog(registry, backlog)
  return {
    registry,
    samples: (outcome, count, reason = '') => samples.inc({ outcome, reason }, count),
    records: (event, count) => records.inc({ event }, count),
    batchSeconds: (value) => seconds.observe(value),
    arrived(acceptedAtMs) {
      const age = (Date.now() - acceptedAtMs) / 1_000
      // Those were replayed, or an engine was away for so long that others are told of it.
      if (age < 86_400) arrivals.observe(Math.max(0, age))
    },
  }
}

/** Metrics by which a scaler decides. */
function exposeBacklog(registry: Registry, backlog: Backlog): void {
  new Gauge({
    name: 'worker_in_flight_records',
    help: 'Records or messages fetched and not yet settled',
    registers: [registry],
    collect() {
      this.set(backlog.inFlight())
    },
  })
  if (backlog.lag === undefined) return
  const lags = shared(backlog.lag)
  new Gauge({
    name: 'worker_lag_records',
    help: 'Records between the committed offset and the end of each assigned partition',
    labelNames: ['partition'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { partition, lag } of await lags()) this.set({ partition: String(partition) }, Number(lag))
    },
  })
  new Gauge({
    name: 'worker_lag_seconds',
    help: 'Age of the oldest record that is fetched and not committed, by partition; 0 without lag',
    labelNames: ['partition'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { partition, ageSeconds } of await lags())
        if (ageSeconds !== undefined) this.set({ partition: String(partition) }, ageSeconds)
    },
  })
}

/** Those who ask at the same time get the same answer. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined
    })
    return asked
  }
}
