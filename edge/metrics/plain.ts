// The edge's counters without a library, for runtimes that prom-client does not run on.
import type { CreateMetrics } from '../ports.ts'

export const createPlainMetrics: CreateMetrics = (sources) => {
  const counters = new Map<string, number>()
  const add = (series: string, value: number) =>
    void counters.set(series, (counters.get(series) ?? 0) + value)
  return {
    answered({ status, reason, seconds }) {
      add(`edge_requests_total{status="${status}",reason="${reason}"}`, 1)
      add('edge_request_seconds_sum', seconds)
      add('edge_request_seconds_count', 1)
    },
    samplesAccepted: (samples) => add('edge_samples_accepted_total', samples),
    trackRejected: (reason) => add(`edge_tracks_rejected_total{reason="${reason}"}`, 1),
    cellsMasked: (reason, cells) => add(`edge_cells_masked_total{reason="${reason}"}`, cells),
    bytesReceived({ compressed, decompressed }) {
      add('edge_received_bytes_total{form="compressed"}', compressed)
      add('edge_received_bytes_total{form="decompressed"}', decompressed)
    },
    async expose() {
      const lines = [...counters].map(([series, value]) => `${series} ${value}`)
      const gauges = [
        `edge_in_flight_bytes ${sources.inFlightBytes()}`,
        `edge_in_flight_bytes_limit ${sources.maxInFlightBytes}`,
        `edge_in_flight_uploads ${sources.inFlightUploads()}`,
        `ready{engine="Kafka"} ${sources.isReady() ? 1 : 0}`,
      ]
      const text = [...lines, ...gauges, ''].join('\n')
      return { contentType: 'text/plain; version=0.0.4; charset=utf-8', text }
    },
  }
}
