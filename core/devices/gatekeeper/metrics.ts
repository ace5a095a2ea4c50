// The counters of the gatekeeper.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type Check, type Denial, denials } from './access.ts'

export interface GatekeeperMetrics {
  decision(check: Check, verdict: 'allowed' | Denial): void
  /** A question that could not be read, or not be answered. */
  failure(kind: 'unreadable' | 'registry_away'): void
  /** A question has come; the function is called when it has its answer, or cannot have one. */
  begin(): () => void
  readonly registry: Registry
}

export function createGatekeeperMetrics(): GatekeeperMetrics {
  const registry = new Registry()
  const decisions = new Counter({
    name: 'gatekeeper_decisions_total',
    help: 'Decisions by the broker’s question and the verdict: allowed, or why not',
    labelNames: ['check', 'verdict'],
    registers: [registry],
  })
  // A rate is known from the first one on only where there was a zero.
  for (const verdict of ['allowed', ...denials]) decisions.inc({ check: 'user', verdict }, 0)
  const failures = new Counter({
    name: 'gatekeeper_failures_total',
    help: 'Questions without a decision, which the broker takes for a refusal',
    labelNames: ['kind'],
    registers: [registry],
  })
  const seconds = new Histogram({
    name: 'gatekeeper_request_seconds',
    help: 'Duration of a decision',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5],
    registers: [registry],
  })
  const inFlight = new Gauge({
    name: 'gatekeeper_in_flight_requests',
    help: 'Questions not yet answered',
    registers: [registry],
  })
  return {
    decision: (check, verdict) => decisions.inc({ check, verdict }),
    failure: (kind) => failures.inc({ kind }),
    begin() {
      const end = seconds.startTimer()
      inFlight.inc()
      return () => {
        inFlight.dec()
        end()
      }
    },
    registry,
  }
}
