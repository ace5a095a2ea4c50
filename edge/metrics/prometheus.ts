// The edge's metrics in Prometheus' form.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { CreateMetrics } from '../ports.ts'

export const createPrometheusMetrics: CreateMetrics = (sources) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Counter({
    name: 'edge_requests_total',
    help: 'Answered uploads by status and reason of refusal',
    labelNames: ['status', 'reason'],
    registers,
  })
  const samples = new Counter({
    name: 'edge_samples_accepted_total',
    help: 'Samples acknowledged',
    registers,
  })
  const rejected = new Counter({
    name: 'edge_tracks_rejected_total',
    help: 'Tracks rejected in otherwise accepted uploads, by reason',
    labelNames: ['reason'],
    registers,
  })
  const masked = new Counter({
    name: 'edge_cells_masked_total',
    help: 'Cells of accepted tracks that count as missing, by reason',
    labelNames: ['reason'],
    registers,
  })
  const bytes = new Counter({
    name: 'edge_received_bytes_total',
    help: 'Bytes of bodies as they travelled and as decompressed',
    labelNames: ['form'],
    registers,
  })
  const seconds = new Histogram({
    name: 'edge_request_seconds',
    help: 'Time from the head of an upload to its answer',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  new Gauge({
    name: 'edge_in_flight_bytes',
    help: 'Bytes reserved for the uploads at hand',
    registers,
    collect() {
      this.set(sources.inFlightBytes())
    },
  })
  new Gauge({
    name: 'edge_in_flight_bytes_limit',
    help: 'Bytes of all uploads at hand beyond which uploads are refused',
    registers,
  }).set(sources.maxInFlightBytes)
  new Gauge({
    name: 'edge_in_flight_uploads',
    help: 'Uploads not yet answered that have been let in',
    registers,
    collect() {
      this.set(sources.inFlightUploads())
    },
  })
  new Gauge({
    name: 'ready',
    help: '1 while the engine serves this service, else 0',
    labelNames: ['engine'],
    registers,
    collect() {
      this.set({ engine: 'Kafka' }, sources.isReady() ? 1 : 0)
    },
  })
  return {
    answered({ status, reason, seconds: duration }) {
      requests.inc({ status, reason })
      seconds.observe(duration)
    },
    samplesAccepted: (count) => samples.inc(count),
    trackRejected: (reason) => rejected.inc({ reason }),
    cellsMasked: (reason, cells) => masked.inc({ reason }, cells),
    bytesReceived({ compressed, decompressed }) {
      bytes.inc({ form: 'compressed' }, compressed)
      bytes.inc({ form: 'decompressed' }, decompressed)
    },
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
