// Writes RawTrack envelopes (pipeline.proto) around the bytes of tracks, which are copied as they came.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { type AttemptClock, uuidBytes } from '../../proto/index.ts'

export interface Delivery {
  readonly uploadId: string
  readonly attempt: AttemptClock
  readonly sender: string
  readonly receivedAtMs: number
  /** Of the accepted tracks. */
  readonly tracks: number
}

export interface EnvelopeTrack {
  readonly trackId: Uint8Array
  readonly index: number
  readonly samples: number
  readonly bytes: Uint8Array
}

/** The facts that all tracks of a delivery share are written once. */
export function createEnvelopes(delivery: Delivery): (track: EnvelopeTrack) => Uint8Array {
  const shared = sharedFields(delivery)
  const { tracks } = delivery
  return ({ trackId, index, samples, bytes }) => {
    const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(trackId).raw(shared)
    if (index !== 0) writer.tag(3, WireType.Varint).uint32(index)
    return writer
      .tag(7, WireType.LengthDelimited)
      .bytes(bytes)
      .tag(8, WireType.Varint)
      .uint32(samples)
      .tag(10, WireType.Varint)
      .uint32(tracks)
      .finish()
  }
}

function sharedFields({ uploadId, attempt, sender, receivedAtMs }: Delivery): Uint8Array {
  const writer = new BinaryWriter()
    .tag(2, WireType.LengthDelimited)
    .bytes(uuidBytes(uploadId))
    .tag(4, WireType.LengthDelimited)
    .string(sender)
    .tag(5, WireType.Varint)
    .int64(receivedAtMs)
    .tag(6, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int64(attempt.sentAtMs)
  if (attempt.bootId !== 0) writer.tag(2, WireType.Varint).uint32(attempt.bootId)
  writer.tag(3, WireType.Varint).uint64(attempt.monotonicMs)
  if (attempt.clockEpoch !== 0) writer.tag(4, WireType.Varint).uint32(attempt.clockEpoch)
  return writer.join().finish()
}
