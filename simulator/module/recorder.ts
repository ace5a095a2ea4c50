// From measurements to the numbered tracks of a module, and the newest of each kind on request. Pure.
import { type CarriedPart, type Kind, type Track, writeTrack } from '../../proto/index.ts'
import { type Series, sliceSeries } from '../series.ts'

/** The module's clock is set by satellites: its times are true. */
export interface ModuleClock {
  readonly bootId: number
  readonly bootedAtMs: number
}

export interface RecordedTrack {
  readonly kind: Kind
  readonly sequence: number
  readonly samples: number
  readonly bytes: Uint8Array
}

export interface ModuleRecorder {
  /** One track for each series that has samples. */
  record(series: readonly Series[]): RecordedTrack[]
  /** The newest sample of each kind once more, under a new number: samples are known by their time, not by their track. */
  newest(): RecordedTrack[]
  /** The parts that answered when the bike started; the next track names them. */
  found(parts: readonly CarriedPart[]): void
  nextSequence(): number
}

export interface RecorderOptions {
  readonly bikeId: string
  /** The module itself is the recorder of its tracks. */
  readonly deviceId: string
  readonly clock: ModuleClock
  /** Where it stood before a restart; numbers are never given twice. */
  readonly nextSequence: number
}

export function createRecorder({ bikeId, deviceId, clock, ...options }: RecorderOptions): ModuleRecorder {
  const newest = new Map<Kind, Series>()
  let nextSequence = options.nextSequence
  let parts: readonly CarriedPart[] | undefined

  function write(series: Series): RecordedTrack {
    const sequence = nextSequence
    nextSequence += 1
    const { kind, timesMs, columns } = series
    const monotonicStartMs = Math.max(0, (timesMs[0] as number) - clock.bootedAtMs)
    const track: Track = {
      bikeId,
      recorderId: deviceId,
      kind,
      clock: { bootId: clock.bootId, clockEpoch: 0, monotonicStartMs },
      sequence,
      // From power-on to power-off.
      recordingId: clock.bootId,
      timesMs,
      columns,
      ...(parts !== undefined && { parts }),
    }
    parts = undefined
    return { kind, sequence, samples: timesMs.length, bytes: writeTrack(track) }
  }

  return {
    record(series) {
      return series
        .filter(({ timesMs }) => timesMs.length > 0)
        .map((one) => {
          newest.set(one.kind, sliceSeries(one, one.timesMs.length - 1, one.timesMs.length))
          return write(one)
        })
    },
    newest: () => [...newest.values()].map(write),
    found: (answering) => {
      parts = answering
    },
    nextSequence: () => nextSequence,
  }
}
