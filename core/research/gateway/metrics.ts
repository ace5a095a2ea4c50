// The counters of the research gateway.
import { Counter, Registry } from 'prom-client'
import { exposeRequests } from '../../runtime/request-metrics.ts'
import { type RefusalReason, refusals } from './refusals.ts'

export interface GatewayMetrics {
  /** A request has come; the function is told how it was answered. */
  begin(): (status: number) => void
  refused(reason: RefusalReason): void
  /** So many documents were shown. */
  shown(documents: number): void
  readonly registry: Registry
}

export function createGatewayMetrics(): GatewayMetrics {
  const registry = new Registry()
  const begin = exposeRequests(registry, {
    durations: {
      name: 'research_gateway_request_seconds',
      help: 'Duration of requests by status',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
    },
    inFlight: { name: 'research_gateway_in_flight_requests', help: 'Requests not yet answered' },
  })
  const refused = new Counter({
    name: 'research_gateway_refusals_total',
    help: 'Requests that were refused, by reason',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of Object.keys(refusals)) refused.inc({ reason }, 0)
  const documents = new Counter({
    name: 'research_gateway_documents_total',
    help: 'Documents that researchers were shown',
    registers: [registry],
  })
  return {
    begin,
    refused: (reason) => refused.inc({ reason }),
    shown: (count) => documents.inc(count),
    registry,
  }
}
