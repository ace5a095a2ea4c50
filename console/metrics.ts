// The counters of the console.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { type Trouble, troubles } from './api.ts'

/** Why a request to the console itself was refused. */
const refusals = ['form_foreign', 'body_too_large', 'too_many_streams'] as const
type Refusal = (typeof refusals)[number]

export interface ConsoleMetrics {
  /** A request has come; the function is told how it was answered. */
  begin(): (status: number) => void
  refused(reason: Refusal): void
  /** The API had no answer for a page. */
  troubled(kind: Trouble['kind']): void
  /** So many more live states are passed on, or fewer. */
  streams(change: 1 | -1): void
  readonly registry: Registry
}

export function createConsoleMetrics(): ConsoleMetrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Histogram({
    name: 'console_request_seconds',
    help: 'Duration of requests by status, until the head of the answer',
    labelNames: ['status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const refused = new Counter({
    name: 'console_refusals_total',
    help: 'Requests that the console refused, by reason',
    labelNames: ['reason'],
    registers,
  })
  for (const reason of refusals) refused.inc({ reason }, 0)
  const troubled = new Counter({
    name: 'console_api_troubles_total',
    help: 'Questions of pages that the API did not answer, by kind',
    labelNames: ['kind'],
    registers,
  })
  for (const kind of troubles) troubled.inc({ kind }, 0)
  const streams = new Gauge({
    name: 'console_live_streams',
    help: 'Live states of bikes that are passed on',
    registers,
  })
  return {
    begin() {
      const end = requests.startTimer()
      return (status) => void end({ status: String(status) })
    },
    refused: (reason) => refused.inc({ reason }),
    troubled: (kind) => troubled.inc({ kind }),
    streams: (change) => streams.inc(change),
    registry,
  }
}
