// The counter of connections that the platform ends.
import { Counter, type Registry } from 'prom-client'

const endReasons = ['revoked', 'suspended', 'certificate_revoked', 'certificate_ended'] as const
export type EndReason = (typeof endReasons)[number]

export function createPresenceMetrics(registry: Registry) {
  const ended = new Counter({
    name: 'presence_ended_connections_total',
    help: 'Connections of modules that the platform ended, by the reason',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of endReasons) ended.inc({ reason }, 0)
  return { ended: (reason: EndReason, connections: number) => ended.inc({ reason }, connections) }
}
