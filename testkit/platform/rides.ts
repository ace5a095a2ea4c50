// Made-up rides, the same for the same arguments: one sample a second, as phones record them.
import type { AttemptClock, Track } from '../../proto/index.ts'

export interface RideOptions {
  readonly bikeId: string
  readonly recorderId: string
  /** Wall clock of the first sample. */
  readonly startMs: number
  readonly samples: number
  readonly clock?: DeviceClock
}

/** A device that booted at a moment of true time and whose wall clock is wrong by so much. */
export interface DeviceClock {
  readonly bootedAtMs: number
  readonly wrongByMs: number
  readonly clockEpoch: number
}

/** A right clock, of a device that booted long before any ride here. */
export const rightClock: DeviceClock = { bootedAtMs: Date.UTC(2020, 0, 1), wrongByMs: 0, clockEpoch: 1 }

const bootId = 1

/** The ride as the device records it: `startMs` is true time, the track shows the device's wall clock. */
export function rideTrack({ bikeId, recorderId, startMs, samples, clock = rightClock }: RideOptions): Track {
  const cells = (value: (i: number) => number) =>
    Float64Array.from({ length: samples }, (_, i) => Math.round(value(i)))
  const speedKmh = (i: number) => 18 + 6 * Math.sin(i / 40)
  return {
    bikeId,
    recorderId,
    kind: 'ride',
    clock: { bootId, clockEpoch: clock.clockEpoch, monotonicStartMs: startMs - clock.bootedAtMs },
    timesMs: cells((i) => startMs + clock.wrongByMs + 1000 * i),
    columns: [
      { key: 'latitude_deg', values: cells((i) => (53.35 + i * 4e-5) * 1e7) },
      { key: 'longitude_deg', values: cells((i) => (-6.26 + 0.002 * Math.sin(i / 60)) * 1e7) },
      { key: 'speed_kmh', values: cells((i) => speedKmh(i) * 1000) },
      { key: 'odometer_m', values: cells((i) => (1200 + i * 5) * 100) },
      { key: 'altitude_m', values: cells((i) => (56 + 4 * Math.sin(i / 90)) * 10) },
      { key: 'cadence_rpm', values: cells((i) => 70 + 10 * Math.sin(i / 15)) },
      { key: 'rider_power_w', values: cells((i) => 120 + 60 * Math.sin(i / 20)) },
    ],
  }
}

/** The clocks of that device at a moment of true time. */
export function attemptClock(nowMs: number, clock: DeviceClock = rightClock): AttemptClock {
  return {
    sentAtMs: nowMs + clock.wrongByMs,
    bootId,
    monotonicMs: nowMs - clock.bootedAtMs,
    clockEpoch: clock.clockEpoch,
  }
}
