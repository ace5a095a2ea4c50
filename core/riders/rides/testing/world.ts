// The finder with a store and samples in memory, and a clock that goes on by a second whenever it asks for work.
import type { Logger } from 'pino'
import { fakeLog } from '../../../../testkit/fake-kafka.ts'
import type { BikeAtWork, Replacement, Ride, RideBike, RideSample, TimeSpan } from '../port.ts'
import { createRideFinder } from '../worker.ts'

export interface Stored {
  readonly samples: readonly RideSample[]
  /** So much later they are searchable. */
  readonly lagMs: number
  /** So much later than the one before it is stored; a second where it is not told. */
  readonly afterMs?: number
}

type Mark = BikeAtWork['marks'][number]

export function createWorld(bike: RideBike, beganMs = Date.UTC(2026, 10, 30)) {
  const { bikeId } = bike
  let nowMs = beganMs
  let marks: Mark[] = []
  let rides: Ride[] = []
  let [revision, readAtMs, dueAtMs, documents, overtakings] = [0, Number.NEGATIVE_INFINITY, 0, 0, 0]
  let fail: () => void = () => undefined
  const searchable: { sample: RideSample; fromMs: number }[] = []
  const counts: Record<string, number> = {}
  const { log, lines } = fakeLog()

  function mark(of: Partial<Mark> & TimeSpan): void {
    const nothing = { movedAtMs: undefined, chargedAtMs: undefined, recording: undefined, samples: 0 }
    marks.push({ ...nothing, bikeId, markId: `mark ${marks.length}`, markedAtMs: nowMs, ...of })
    dueAtMs = Math.min(dueAtMs, nowMs + 1_000)
  }

  function store(stored: readonly Stored[]): void {
    for (const { samples, lagMs } of stored) {
      const first = samples[0] as RideSample
      const moved = samples.filter(({ values }) => (values.speed_kmh ?? 0) > 2)
      for (const sample of samples) searchable.push({ sample, fromMs: nowMs + lagMs })
      mark({
        ...{ markId: first.trackId, samples: samples.length },
        ...{ fromMs: first.timeMs, untilMs: (samples.at(-1) as RideSample).timeMs },
        movedAtMs: moved.at(-1)?.timeMs,
        recording:
          first.recordingId === undefined
            ? undefined
            : { recorderId: first.recorderId, recordingId: first.recordingId },
      })
    }
  }

  const seen = ({ fromMs, untilMs }: TimeSpan) => {
    fail()
    return searchable
      .filter((each) => each.fromMs <= nowMs && each.sample.timeMs >= fromMs && each.sample.timeMs < untilMs)
      .map(({ sample }) => sample)
      .sort((a, b) => a.timeMs - b.timeMs)
  }
  const ridesBetween = async (_: string, { fromMs, untilMs }: TimeSpan) =>
    rides.filter((ride) => ride.fromMs <= untilMs && ride.untilMs >= fromMs)

  function replace(of: Replacement): boolean {
    if (of.window !== undefined && overtakings-- > 0) return false
    if (of.revision !== String(revision)) return false
    if (of.window !== undefined) {
      const { fromMs, untilMs } = of.window
      const others = rides.filter((ride) => ride.fromMs > untilMs || ride.untilMs < fromMs)
      rides = [...others, ...of.rides].sort((a, b) => a.fromMs - b.fromMs)
      revision++
      readAtMs = nowMs
    }
    const left = new Map(of.shortened.map(({ markId, leftFromMs }) => [markId, leftFromMs]))
    const settled = new Set(of.settled.map(({ markId }) => markId))
    marks = marks
      .filter(({ markId }) => !settled.has(markId))
      .map((each) => ({ ...each, fromMs: left.get(each.markId) ?? each.fromMs }))
    dueAtMs = of.againAtMs
    return true
  }

  return {
    ...{ mark, store },
    rides: () => rides,
    counts: () => counts,
    documentsRead: () => documents,
    lines: () => lines,
    forgetMarks: () => {
      marks = []
    },
    overtake: (times: number) => {
      overtakings = times
    },
    fail: (how: () => void) => {
      fail = how
    },
    /** Stores one after the other; resolves when nothing is left to do. */
    async run(deliveries: readonly Stored[]): Promise<void> {
      const waiting = [...deliveries]
      const stop = new AbortController()
      const finder = createRideFinder({
        store: {
          async take() {
            const next = waiting.shift()
            nowMs += next?.afterMs ?? 1_000
            if (next !== undefined) store([next])
            if (next === undefined && marks.length === 0) stop.abort()
            if (next === undefined && dueAtMs > nowMs) nowMs = dueAtMs
            if (marks.length === 0 || dueAtMs > nowMs) return []
            return [{ ...bike, marks, revision: String(revision), readAtMs }]
          },
          ridesBetween,
          replace: async (of) => replace(of),
        },
        samples: {
          async *read(window) {
            yield seen(window)
          },
          count: async (window, ids) => seen(window).filter(({ trackId }) => ids.includes(trackId)).length,
          first: async (window) => seen(window)[0]?.timeMs,
        },
        metrics: {
          settled: (outcome) => {
            counts[outcome] = (counts[outcome] ?? 0) + 1
          },
          documentsRead: (count) => {
            documents += count
          },
        },
        log: log as Logger,
        now: () => nowMs,
        everyMs: 0,
      })
      await finder.run(stop.signal)
    },
  }
}
