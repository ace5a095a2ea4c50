// A device clock that a test sets, and samples to record with it.
import type { DeviceClock } from '../clock.ts'
import type { Values } from '../track-builder.ts'

export const bikeId = '5b0c6a1e-0000-4000-8000-000000000001'
export const recorderId = '5b0c6a1e-0000-4000-8000-0000000000aa'
export const noonMs = Date.UTC(2025, 5, 1, 12)

interface ManualClock extends DeviceClock {
  /** Both clocks go on. */
  pass(ms: number): void
  /** Only the wall clock is set. */
  setWall(ms: number): void
}

export function createManualClock({ wallMs = noonMs, monotonicMs = 1_000, bootMarker = 'boot-a' } = {}) {
  const clock: ManualClock = {
    wallMs: () => wallMs,
    monotonicMs: () => monotonicMs,
    bootMarker,
    pass(ms) {
      wallMs += ms
      monotonicMs += ms
    },
    setWall(ms) {
      wallMs = ms
    },
  }
  return clock
}

export function rideValues(speedKmh = 20): Values<'ride'> {
  return { latitude_deg: 48.1, longitude_deg: 11.5, speed_kmh: speedKmh }
}
