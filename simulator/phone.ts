// A phone's clocks: what they show at a moment that only the simulator knows. The wall clock may be wrong and may jump; the
// monotonic clock is right but starts anew at every boot; the clock epoch tells when the two parted.

interface ClockReading {
  readonly wallMs: number
  readonly monotonicMs: number
  readonly bootId: number
  readonly clockEpoch: number
}

export type ClockEvent =
  /** Somebody or something sets the wall clock: `wrongByMs` is its error from then on. */
  | { readonly type: 'set'; readonly atMs: number; readonly wrongByMs: number }
  /** The phone starts anew; its wall clock goes on with the same error. */
  | { readonly type: 'reboot'; readonly atMs: number }

export interface PhoneOptions {
  /** When the phone was started for the first time, truly. */
  readonly bootedAtMs: number
  readonly bootId: number
  /** Error of the wall clock from the beginning. */
  readonly wrongByMs: number
  /** In the order of time, all after `bootedAtMs`. */
  readonly events: readonly ClockEvent[]
}

export interface Phone {
  /** What the clocks show at a true time; before the first boot is a RangeError. */
  at(trueMs: number): ClockReading
  /** True times at which recording must begin a new track: boot or epoch changes. */
  readonly breaksMs: readonly number[]
}

export function createPhone({ bootedAtMs, bootId, wrongByMs, events }: PhoneOptions): Phone {
  const eras = [{ fromMs: bootedAtMs, bootedAtMs, bootId, wrongByMs, clockEpoch: 0 }]
  for (const event of events) {
    const era = eras.at(-1) as (typeof eras)[number]
    if (event.atMs <= era.fromMs) throw new RangeError('events come in the order of time')
    if (event.type === 'reboot') {
      eras.push({ ...era, fromMs: event.atMs, bootedAtMs: event.atMs, bootId: era.bootId + 1 })
    } else if (event.wrongByMs !== era.wrongByMs) {
      eras.push({
        ...era,
        fromMs: event.atMs,
        wrongByMs: event.wrongByMs,
        clockEpoch: era.clockEpoch + 1,
      })
    }
  }
  return {
    breaksMs: eras.slice(1).map(({ fromMs }) => fromMs),
    at(trueMs) {
      const era = eras.findLast(({ fromMs }) => fromMs <= trueMs)
      if (era === undefined) throw new RangeError('the phone was not started yet')
      return {
        wallMs: trueMs + era.wrongByMs,
        monotonicMs: trueMs - era.bootedAtMs,
        bootId: era.bootId,
        clockEpoch: era.clockEpoch,
      }
    },
  }
}
