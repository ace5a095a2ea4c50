// What is read from a service's metrics once a second. Pure.
import { pick, type Sample } from './exposition.ts'

export const readings = {
  /** Counters: shown as what they grow by. */
  samples: { about: 'samples dealt with', counts: true },
  cpuSeconds: { about: 'CPU', counts: true },
  lagRecords: { about: 'records between the committed offset and the end', counts: false },
  lagSeconds: { about: 'age of the oldest record not committed', counts: false },
  queueMessages: { about: 'messages in the broker’s queues', counts: false },
  inFlightBytes: { about: 'bytes of the uploads at hand', counts: false },
  memoryBytes: { about: 'resident memory', counts: false },
  eventLoopLagMs: { about: 'event loop lag, 99th percentile', counts: false },
} as const
export type Reading = keyof typeof readings

export type ServiceReadings = Partial<Readonly<Record<Reading, number>>>

export function readService(samples: readonly Sample[]): ServiceReadings {
  const sum = (name: string) => pick(samples, { name, by: 'sum' })
  const max = (name: string) => pick(samples, { name, by: 'max' })
  const eventLoopLagS = max('nodejs_eventloop_lag_p99_seconds')
  const all: Partial<Record<Reading, number | undefined>> = {
    samples: sum('edge_samples_accepted_total') ?? sum('worker_samples_total'),
    cpuSeconds: max('process_cpu_seconds_total'),
    lagRecords: sum('worker_lag_records'),
    lagSeconds: max('worker_lag_seconds'),
    queueMessages: sum('worker_queue_messages'),
    inFlightBytes: max('edge_in_flight_bytes'),
    memoryBytes: max('process_resident_memory_bytes'),
    eventLoopLagMs: eventLoopLagS === undefined ? undefined : eventLoopLagS * 1_000,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}
