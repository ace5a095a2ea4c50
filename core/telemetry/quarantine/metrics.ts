// The counter of what found no room in quarantine.
import { Counter, type Registry } from 'prom-client'

export interface QuarantineMetrics {
  beyondBound(samples: number): void
}

const reason = 'bike_bound_exceeded'

export function createQuarantineMetrics(registry: Registry): QuarantineMetrics {
  const beyond = new Counter({
    name: 'quarantine_beyond_bound_samples_total',
    help: 'Samples that were left in the topic, since so many of their bike wait already',
    labelNames: ['reason'],
    registers: [registry],
  })
  beyond.inc({ reason }, 0)
  return { beyondBound: (samples) => beyond.inc({ reason }, samples) }
}
