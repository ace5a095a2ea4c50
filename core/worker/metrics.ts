// The counters that every worker exposes alike.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface WorkerMetrics {
  readonly registry: Registry
  /** Samples by what became of them; `outcome` and `reason` from the closed lists of core/pipeline/outcomes.ts. */
  samples(outcome: string, count: number, reason?: string): void
  /** Records read, written, failed or dropped. */
  records(event: 'received' | 'written' | 'repeated' | 'failed', count: number): void
  batchSeconds(seconds: number): void
}

export function createWorkerMetrics(
  worker: string,
  lag: () => Promise<readonly { partition: number; lag: bigint }[]>,
): WorkerMetrics {
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
  new Gauge({
    name: 'worker_lag_records',
    help: 'Records between the committed offset and the end of each assigned partition',
    labelNames: ['partition'],
    registers: [registry],
    async collect() {
      this.reset()
      for (const { partition, lag: behind } of await lag())
        this.set({ partition: String(partition) }, Number(behind))
    },
  })
  return {
    registry,
    samples: (outcome, count, reason = '') => samples.inc({ outcome, reason }, count),
    records: (event, count) => records.inc({ event }, count),
    batchSeconds: (value) => seconds.observe(value),
  }
}
