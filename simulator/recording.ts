// From a ride to the tracks of one app installation: times as its clocks showed them, cut where the app cut.
import type { AttemptClock, CarriedPart, Track } from '../proto/index.ts'
import type { Phone } from './phone.ts'
import { cutSeries, type Series } from './series.ts'

export interface Recorder {
  readonly bikeId: string
  readonly recorderId: string
  readonly phone: Phone
  /** What the bike tells of its parts when it starts; the first track of the ride names them. */
  readonly parts?: readonly CarriedPart[]
  /** Of this ride; the minute of its start where it is not given. */
  readonly recordingId?: number
}

/** The tracks that travel together, and the truth about them. */
export interface Chunk {
  readonly tracks: readonly Track[]
  /** The same samples with their true times, track by track. */
  readonly truth: readonly Series[]
}

/**
 * Cuts a ride into chunks of `chunkMs`, the first of `firstChunkMs`: an app that was restarted and has forgotten what it sent
 * records the same samples in other chunks. No track reaches over a boot or a jump of the clock.
 */
export function recordRide(
  ride: readonly Series[],
  of: { recorder: Recorder; chunkMs: number; firstChunkMs?: number },
): Chunk[] {
  const { chunkMs, firstChunkMs = chunkMs } = of
  const startMs = Math.min(...ride.map(({ timesMs }) => timesMs[0] ?? Number.POSITIVE_INFINITY))
  const recorder = { recordingId: Math.floor(startMs / 60_000), ...of.recorder }
  const endMs = Math.max(...ride.map(({ timesMs }) => timesMs.at(-1) ?? Number.NEGATIVE_INFINITY))
  const cutsMs: number[] = []
  for (let cutMs = startMs + firstChunkMs; cutMs <= endMs; cutMs += chunkMs) cutsMs.push(cutMs)
  const chunks = cutSeries(ride, cutsMs).flatMap((series) => {
    const truth = cutSeries(series, recorder.phone.breaksMs).flat()
    return truth.length === 0 ? [] : [{ truth, tracks: truth.map((one) => recordTrack(one, recorder)) }]
  })
  return named(chunks, recorder.parts)
}

function named([first, ...rest]: readonly Chunk[], parts: Recorder['parts']): Chunk[] {
  if (first === undefined) return []
  const [track, ...tracks] = first.tracks
  if (track === undefined || parts === undefined) return [first, ...rest]
  return [{ ...first, tracks: [{ ...track, parts }, ...tracks] }, ...rest]
}

function recordTrack(
  series: Series,
  { bikeId, recorderId, recordingId, phone }: Recorder & { readonly recordingId: number },
): Track {
  const first = phone.at(series.timesMs[0] as number)
  return {
    bikeId,
    recorderId,
    kind: series.kind,
    recordingId,
    clock: { bootId: first.bootId, clockEpoch: first.clockEpoch, monotonicStartMs: first.monotonicMs },
    timesMs: series.timesMs.map((trueMs) => phone.at(trueMs).wallMs),
    columns: series.columns,
  }
}

/** The clock facts of an attempt made at a true time. */
export function attemptClock(phone: Phone, trueMs: number): AttemptClock {
  const { wallMs, monotonicMs, bootId, clockEpoch } = phone.at(trueMs)
  return { sentAtMs: wallMs, monotonicMs, bootId, clockEpoch }
}
