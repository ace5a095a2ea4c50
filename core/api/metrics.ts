// The counters of the read API.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

export interface ApiMetrics {
  /** A request has come; the function is told how it was answered. */
  begin(): (status: number) => void
  text(): Promise<string>
  readonly contentType: string
}

export function createApiMetrics(): ApiMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'api_request_seconds',
    help: 'Duration of requests by status',
    labelNames: ['status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  const inFlight = new Gauge({
    name: 'api_in_flight_requests',
    help: 'Requests not yet answered; streams count until their head is sent',
    registers: [registry],
  })
  return {
    begin() {
      const end = requests.startTimer()
      inFlight.inc()
      return (status) => {
        inFlight.dec()
        end({ status: String(status) })
      }
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
