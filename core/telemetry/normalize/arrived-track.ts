// What normalize judges.
import type { DecodedTrack, RawTrack } from '../../../proto/index.ts'

/** A record of telemetry.raw whose bytes are in order. */
export interface ArrivedTrack {
  /** The bytes of `raw`, as they came. */
  readonly record: Uint8Array
  readonly raw: RawTrack
  readonly trackId: string
  readonly receivedAtMs: number
  readonly track: DecodedTrack
}
