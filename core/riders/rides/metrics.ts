// The metrics of finding rides.
import { Counter, type Registry } from 'prom-client'
import { exposeWaiting } from '../../runtime/publication.ts'
import type { RideStore } from './port.ts'

/** What became of marks of a bike that were looked at together; each has a line in docs/operations.md. */
type Outcome = 'read' | 'resting' | 'waiting' | 'unseen' | 'overtaken' | 'too_many_samples'

export interface RideMetrics {
  settled(outcome: Outcome): void
  documentsRead(documents: number): void
}

export function createRideMetrics(registry: Registry, store: Pick<RideStore, 'backlog'>): RideMetrics {
  const settled = new Counter({
    name: 'rides_windows_total',
    help: 'Windows of bikes that were looked at for rides, by what became of them',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const documents = new Counter({
    name: 'rides_documents_read_total',
    help: 'Documents of Elasticsearch that were read to find rides',
    registers: [registry],
  })
  exposeWaiting(registry, store.backlog, {
    items: { name: 'rides_due_bikes', help: 'Bikes whose rides are to be found again now' },
    seconds: { name: 'rides_due_seconds', help: 'For how long the rides of a bike are due at the longest' },
  })
  return {
    settled: (outcome) => settled.inc({ outcome }),
    documentsRead: (count) => documents.inc(count),
  }
}
