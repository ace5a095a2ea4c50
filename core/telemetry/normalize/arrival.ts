// Reads a record of telemetry.raw: a track in order, or bytes that are none.
import { fromBinary } from '@bufbuild/protobuf'
import { limits, type RawTrack, RawTrackSchema, readTrack, uuidText } from '../../../proto/index.ts'
import type { ArrivedTrack } from './arrived-track.ts'

export type Arrival =
  | { readonly kind: 'track'; readonly arrived: ArrivedTrack }
  | {
      readonly kind: 'undecodable'
      readonly record: Uint8Array
      readonly detail: string
      /** There when only the track inside is broken. */
      readonly raw?: RawTrack
    }

export function readArrival(record: Uint8Array): Arrival {
  let raw: RawTrack
  try {
    raw = fromBinary(RawTrackSchema, record)
    checkFrame(raw)
  } catch (error) {
    return { kind: 'undecodable', record, detail: `no RawTrack: ${messageOf(error)}` }
  }
  try {
    const track = readTrack(raw.track)
    const receivedAtMs = Number(raw.receivedAtMs)
    return { kind: 'track', arrived: { record, raw, trackId: uuidText(raw.trackId), receivedAtMs, track } }
  } catch (error) {
    return { kind: 'undecodable', record, raw, detail: messageOf(error) }
  }
}

function checkFrame({ trackId, uploadId, receivedAtMs, samples }: RawTrack): void {
  if (trackId.length !== 16 || uploadId.length !== 16) throw new Error('an id does not have 16 bytes')
  if (receivedAtMs <= 0n || receivedAtMs >= limits.timeMs) throw new Error('the time of receipt is none')
  if (samples > limits.samplesPerTrack) throw new Error(`${samples} samples in a track`)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
