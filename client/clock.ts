// What the device's clocks say, and when they part: each jump of the wall clock begins a new clock epoch.
import type { AttemptClock } from '../proto/index.ts'

/** The clocks of a device. */
export interface DeviceClock {
  /** Wall clock, Unix milliseconds, right or wrong. */
  wallMs(): number
  /** Milliseconds since boot; never set, also counts sleep where the platform allows it. */
  monotonicMs(): number
  /** Differs at each boot: a boot count or id of the operating system. */
  readonly bootMarker: string
}

/** What must survive a restart of the app, or epochs repeat. */
export interface ClockState {
  readonly bootMarker: string
  readonly bootId: number
  readonly clockEpoch: number
  /** Wall clock minus monotonic clock when the epoch began. */
  readonly offsetMs: number
}

export interface ClockReading {
  readonly wallMs: number
  readonly monotonicMs: number
  readonly bootId: number
  readonly clockEpoch: number
}

export interface ClockWatchOptions {
  readonly device: DeviceClock
  /** The state of an earlier run, if there was one. */
  readonly state?: ClockState | undefined
  /** Called, before the reading that needs it, with each new state to keep. */
  readonly save?: (state: ClockState) => void
  /** How far the clocks may drift apart within an epoch. */
  readonly toleranceMs?: number
}

export type ClockWatch = ReturnType<typeof createClockWatch>

export function createClockWatch({ device, state, save, toleranceMs = 2_000 }: ClockWatchOptions) {
  let known = state

  /** Nobody saw what the wall clock did while the device was off, so a boot begins an epoch as a jump does. */
  function follow(offsetMs: number): ClockState {
    const { bootMarker } = device
    const sameBoot = known?.bootMarker === bootMarker
    if (known && sameBoot && Math.abs(offsetMs - known.offsetMs) <= toleranceMs) return known
    const next = {
      bootMarker,
      bootId: sameBoot && known ? known.bootId : (known?.bootId ?? 0) + 1,
      clockEpoch: (known?.clockEpoch ?? 0) + 1,
      offsetMs,
    }
    save?.(next)
    known = next
    return next
  }

  function read(): ClockReading {
    const wallMs = Math.round(device.wallMs())
    const monotonicMs = Math.round(device.monotonicMs())
    const { bootId, clockEpoch } = follow(wallMs - monotonicMs)
    return { wallMs, monotonicMs, bootId, clockEpoch }
  }

  /** The stamp of an attempt that is about to be sent. */
  function stamp(): AttemptClock {
    const { wallMs, ...rest } = read()
    return { sentAtMs: wallMs, ...rest }
  }

  return { read, stamp }
}
