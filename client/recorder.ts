// Collects the samples of one bike and cuts them into tracks: one at a time a kind, a new one when the clocks part.
import {
  type CarriedPart,
  checkParts,
  type FieldKey,
  isUuid,
  type Kind,
  limits,
  type Track,
} from '../proto/index.ts'
import type { ClockReading, ClockWatch } from './clock.ts'
import { type SealedUpload, sealUpload } from './seal.ts'
import { createTrackBuilder, type TrackBuilder, toCells, type Values } from './track-builder.ts'

export interface RecorderOptions {
  readonly bikeId: string
  /** This installation of the app, or this IoT module; a UUID made once and kept. */
  readonly recorderId: string
  readonly clock: ClockWatch
  /** Numbers the tracks without a gap, across restarts; leave it out when nothing persists the number. */
  readonly nextSequence?: () => number
  readonly sealAfter?: Partial<SealPolicy>
}

/** An upload is due as soon as it reaches one of these. */
export interface SealPolicy {
  readonly samples: number
  /** Age of its first sample. */
  readonly ageMs: number
}

/** Five minutes: more saves little traffic (docs/upload-api.md), and it is what a crash of the app costs. */
export const defaultSealPolicy: SealPolicy = { samples: 5_000, ageMs: 5 * 60_000 }

/** Samples of one kind closer than this are told apart by moving the later one on: faults come in bursts. */
const burstMs = 100

export type RecordOutcome =
  | { readonly recorded: true; readonly timeMs: number; readonly leftOut: readonly FieldKey[] }
  /** `no_values`: nothing was left to record; `clock_unusable`: the wall clock shows no Unix time. */
  | { readonly recorded: false; readonly reason: 'no_values' | 'clock_unusable' }

export type Recorder = ReturnType<typeof createRecorder>

export function createRecorder({ bikeId, recorderId, clock, nextSequence, sealAfter }: RecorderOptions) {
  for (const id of [bikeId, recorderId]) if (!isUuid(id)) throw new RangeError(`not a UUID: ${id}`)
  const policy = { ...defaultSealPolicy, ...sealAfter }
  const open = new Map<Kind, TrackBuilder>()
  const last = new Map<Kind, { timeMs: number; clockEpoch: number }>()
  let finished: Track[] = []
  let samples = 0
  let begun: ClockReading | undefined
  let carried: readonly CarriedPart[] | undefined
  let recordingId: number | undefined

  function finish(kind: Kind): void {
    const current = open.get(kind)
    if (!current) return
    finished.push(
      current.build({ bikeId, recorderId, sequence: nextSequence?.(), recordingId, parts: carried }),
    )
    carried = undefined
    open.delete(kind)
  }

  /** The time of a sample: now, or just behind its predecessor when both fell into the same milliseconds. */
  function timeOf(kind: Kind, now: ClockReading): number {
    const before = last.get(kind)
    if (before?.clockEpoch !== now.clockEpoch) return now.wallMs
    const back = before.timeMs - now.wallMs
    return back >= 0 && back < burstMs ? before.timeMs + 1 : now.wallMs
  }

  /** The track to which a sample of now belongs; the one before it is finished when clocks or limits part them. */
  function trackFor(kind: Kind, now: ClockReading, timeMs: number): TrackBuilder {
    const current = open.get(kind)
    if (
      current?.begun.clockEpoch === now.clockEpoch &&
      timeMs > (last.get(kind)?.timeMs ?? 0) &&
      current.samples() < limits.samplesPerTrack
    ) {
      return current
    }
    finish(kind)
    const track = createTrackBuilder(kind, now)
    open.set(kind, track)
    return track
  }

  /** Records a sample taken now. */
  function record<K extends Kind>(kind: K, values: Values<K>): RecordOutcome {
    const { cells, leftOut } = toCells(kind, values as Values)
    if (cells.size === 0) return { recorded: false, reason: 'no_values' }
    const now = clock.read()
    const timeMs = timeOf(kind, now)
    if (!(timeMs >= 0 && timeMs < limits.timeMs)) return { recorded: false, reason: 'clock_unusable' }
    trackFor(kind, now, timeMs).add(timeMs, cells)
    last.set(kind, { timeMs, clockEpoch: now.clockEpoch })
    begun ??= now
    samples++
    return { recorded: true, timeMs, leftOut }
  }

  /**
   * The parts that the bike has told of, such as after its start; they travel with the next track that ends. Throws
   * MalformedError for parts that the edge would refuse.
   */
  function carries(parts: readonly CarriedPart[]): void {
    checkParts(parts)
    carried = parts.length > 0 ? parts : undefined
  }

  /**
   * The rider starts or stops recording: samples from now on belong to the recording of this number, or to none. A number names
   * one recording of this recorder for ever: a count that is kept, or the minute of its start. Another one ends the ride.
   */
  function recording(id: number | undefined): void {
    if (id !== undefined && !(Number.isSafeInteger(id) && id >= 0))
      throw new RangeError(`no recording: ${id}`)
    if (id !== recordingId) for (const kind of [...open.keys()]) finish(kind)
    recordingId = id
  }

  /** Whether it is time to `seal`; ask after each sample and, while none come, now and then. */
  function due(): boolean {
    if (!begun) return false
    const tracks = finished.length + open.size
    const ageMs = clock.read().monotonicMs - begun.monotonicMs
    return samples >= policy.samples || ageMs >= policy.ageMs || tracks >= limits.tracksPerUpload / 2
  }

  /**
   * Everything recorded so far as an upload; undefined when there is nothing. Of more tracks than an upload may have the
   * rest waits for the next call.
   */
  function seal(): SealedUpload | undefined {
    for (const kind of [...open.keys()]) finish(kind)
    if (finished.length === 0) return undefined
    const upload = sealUpload({
      tracks: finished.slice(0, limits.tracksPerUpload),
      nowMs: Math.max(0, clock.read().wallMs),
    })
    finished = finished.slice(limits.tracksPerUpload)
    samples = finished.reduce((sum, { timesMs }) => sum + timesMs.length, 0)
    if (finished.length === 0) begun = undefined
    return upload
  }

  return { record, carries, recording, due, seal }
}
