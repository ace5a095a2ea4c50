// How many bikes wait to be published, and for how long: what an operator watches.
import { Gauge, type Registry } from 'prom-client'
import type { BikeChanges } from './port.ts'

/** Numbers that cannot be read stay as they were. */
export function exposePublication(registry: Registry, changes: Pick<BikeChanges, 'backlog'>): void {
  const backlog = () => changes.backlog().catch(() => undefined)
  new Gauge({
    name: 'fleet_unpublished_bikes',
    help: 'Bikes that have changed since they were published',
    registers: [registry],
    async collect() {
      const now = await backlog()
      if (now !== undefined) this.set(now.bikes)
    },
  })
  new Gauge({
    name: 'fleet_unpublished_seconds',
    help: 'For how long the oldest change of a bike has not been published',
    registers: [registry],
    async collect() {
      const now = await backlog()
      if (now !== undefined) this.set(now.oldestMs / 1_000)
    },
  })
}
