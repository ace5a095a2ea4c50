// The edge's metrics and how they are read; each runtime brings a maker.
import type { EdgeMetrics } from '../ports.ts'

interface ExposedMetrics extends EdgeMetrics {
  /** In Prometheus' text format. */
  expose(): Promise<{ contentType: string; text: string }>
}

/** What is asked at each exposition. */
interface MetricSources {
  inFlightBytes(): number
  inFlightUploads(): number
  /** Beyond them uploads are refused. */
  readonly maxInFlightBytes: number
}

export type CreateMetrics = (sources: MetricSources) => ExposedMetrics
