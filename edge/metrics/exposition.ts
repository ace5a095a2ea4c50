// The edge's metrics and how they are read; each runtime brings a maker.
import type { EdgeMetrics } from '../ports.ts'

export interface ExposedMetrics extends EdgeMetrics {
  /** In Prometheus' text format. */
  expose(): Promise<{ contentType: string; text: string }>
}

/** `inFlightBytes` is asked at each exposition. */
export type CreateMetrics = (sources: { inFlightBytes: () => number }) => ExposedMetrics
