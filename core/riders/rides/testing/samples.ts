// Samples of rides for tests: minutes of one thing after the other, a sample a second.
import type { RideBike, RideSample } from '../port.ts'

const bikeId = '5b0c6a1e-0000-4000-8000-00000000000b'
export const moduleId = 'a0000000-0000-4000-8000-000000000001'
export const phoneId = '10000000-0000-4000-8000-000000000002'
export const startMs = Date.UTC(2026, 5, 3, 8)
export const minutes = (count: number) => count * 60_000

export const bike: RideBike = {
  bikeId,
  owners: [{ riderId: 'anna', fromMs: 0, untilMs: Number.POSITIVE_INFINITY }],
  moduleIds: [moduleId],
}

interface Stretch {
  /** From the start of 8:00. */
  readonly atMs: number
  readonly seconds: number
  readonly values?: (second: number) => RideSample['values']
  readonly kind?: RideSample['kind']
  readonly everyS?: number
  readonly recorderId?: string
  readonly recordingId?: number | undefined
}

export function recorded(stretch: Stretch): RideSample[] {
  const { atMs, seconds, values = riding, kind = 'ride', everyS = 1, recorderId = moduleId } = stretch
  return Array.from({ length: Math.ceil(seconds / everyS) }, (_, i) => ({
    ...{ timeMs: startMs + atMs + i * everyS * 1_000, kind, recorderId, recordingId: stretch.recordingId },
    trackId: 'c0000000-0000-4000-8000-000000000003',
    clockRule: 'none',
    values: values(i * everyS),
  }))
}

/** 18 km/h are 5 m a second. */
export const riding = (second: number) => ({ speed_kmh: 18, odometer_m: 1_000 + 5 * second })
export const standing = () => ({ speed_kmh: 0 })
