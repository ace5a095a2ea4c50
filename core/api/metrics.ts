// The counters of the read API.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const claimOutcomes = ['claimed', 'code_refused', 'too_many_tries'] as const
type ClaimOutcome = (typeof claimOutcomes)[number]

export interface ApiMetrics {
  /** A request has come; the function is told how it was answered. */
  begin(): (status: number) => void
  /** A rider has shown a code. */
  claimed(outcome: ClaimOutcome): void
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
  const claims = new Counter({
    name: 'api_claims_total',
    help: 'Codes that riders have shown, by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  for (const outcome of claimOutcomes) claims.inc({ outcome }, 0)
  return {
    claimed: (outcome) => claims.inc({ outcome }),
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
