// The body of a forward: RawTrack envelopes, each with its length in front (protobuf's "delimited" framing).
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire'

export const framesType = 'application/x-protobuf-delimited'

export function writeFrames(envelopes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  for (const envelope of envelopes) writer.bytes(envelope)
  return writer.finish() as Uint8Array<ArrayBuffer>
}

/** Views into `bytes`. Throws on a cut frame. */
export function readFrames(bytes: Uint8Array, maxFrames: number): Uint8Array[] {
  const reader = new BinaryReader(bytes)
  const frames: Uint8Array[] = []
  while (reader.pos < reader.len) {
    if (frames.length === maxFrames) throw new RangeError(`more than ${maxFrames} tracks`)
    frames.push(reader.bytes())
    if (reader.pos > reader.len) throw new RangeError('the last track is cut off')
  }
  return frames
}
