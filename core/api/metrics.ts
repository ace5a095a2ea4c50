// The counters of the read API.
import { Histogram, Registry } from 'prom-client'

export interface ApiMetrics {
  request(status: number, seconds: number): void
  text(): Promise<string>
  readonly contentType: string
}

export function createApiMetrics(): ApiMetrics {
  const registry = new Registry()
  const requests = new Histogram({
    name: 'api_request_seconds',
    help: 'Duration of requests by status',
    labelNames: ['status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })
  return {
    request: (status, seconds) => requests.observe({ status: String(status) }, seconds),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}
